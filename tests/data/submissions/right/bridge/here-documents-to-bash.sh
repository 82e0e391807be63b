bash <<'END'
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp netns ximenqing-ns
ip link add wp2pjl type veth peer name pjl2wp netns panjinlian-ns
END
ip netns exec ximenqing-ns bash <<END
ip addr add 192.168.188.96/24 dev xmq2wp
ip link set xmq2wp up
END
ip netns exec panjinlian-ns bash -c 'ip addr add 192.168.188.69/24 dev pjl2wp; ip link set pjl2wp up'
bash -e <<-END
	for port in wp2xmq wp2pjl; do
		ip link set \$port master wangpo
		ip link set \$port up
	done
	ip link set wangpo up
	END
