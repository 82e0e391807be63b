# The machine has one table of neighbours, for 1,024 entries that may not go
ip link add d0 type veth peer name d1; ip addr add 10.0.0.1/16 dev d0; ip link set d0 up; ip link set d1 up; echo 3600000 > /proc/sys/net/ipv4/neigh/d0/base_reachable_time_ms
for i in {1..6}; do for j in {1..200}; do echo neigh add 10.0.$i.$j dev d0 lladdr 2:0:0:0:0:1 nud reachable; done; done | ip -force -b - 2>&1 | tail -1
ip neigh | wc -l; sleep 9; ip neigh | wc -l
