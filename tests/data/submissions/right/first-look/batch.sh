ip addr add 192.0.2.20/24 dev eth0
ip -batch - <<END
link set eth0 down
END
ip -batch - <<END
link set eth0 up
route add default via 192.0.2.1 dev eth0
END
