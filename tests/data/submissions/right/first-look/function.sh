plug() {
    ip link set dev eth0 "$1"
}
ip address add local 192.0.2.20/24 brd + dev eth0
plug down
plug up
ip route replace 0.0.0.0/0 via 192.0.2.1
