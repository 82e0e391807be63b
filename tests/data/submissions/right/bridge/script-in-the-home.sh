cat > ~/houses.sh <<'END'
#!/bin/bash
set -e
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo up type bridge
ip link add wp2xmq master wangpo up type veth peer name xmq2wp netns ximenqing-ns
ip link add wp2pjl master wangpo up type veth peer name pjl2wp netns panjinlian-ns
END
bash ~/houses.sh
cat > raise.sh <<'END'
#!/bin/sh
ip -n "$1" addr add "$3" dev "$2"
ip -n "$1" link set "$2" up
END
chmod +x raise.sh
./raise.sh ximenqing-ns xmq2wp 192.168.188.96/24
. ./raise.sh panjinlian-ns pjl2wp 192.168.188.69/24
