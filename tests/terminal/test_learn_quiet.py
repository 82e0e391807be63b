"""A lesson about what no event tells of: its steps are passed while the learner types nothing."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import OpenTerminal
from learner import begin

LESSON = """\
---
format: 1
id: bridge
title: A server
---
## Listen {#serve}

```check
listen 8080
```

```solution
true
```

```hint
A server listens.
```

## Pass packets on {#forward}

```check
sysctl net.ipv4.ip_forward 1
```

```ask
What is the setting now?
answer: sysctl net.ipv4.ip_forward value
```

```solution
true
```

```hint
It is a setting.
```

## Drop them {#drop}

```check
netfilter filter FORWARD policy DROP
```

```ask
And what becomes of packets now?
answer: netfilter filter FORWARD policy
```

```solution
true
```

```hint
It is a policy.
```
"""
SERVER = "socket(S,PF_INET,SOCK_STREAM,0); bind(S,sockaddr_in(8080,INADDR_ANY)); sleep 1; listen(S,9); sleep"


def test_steps_are_passed_while_nothing_is_typed(terminal: OpenTerminal, tmp_path: Path) -> None:
    """By a server that listens later, a setting and a filter that change in the background."""
    file = tmp_path / "server.md"
    file.write_text(LESSON, encoding="utf-8")
    learner = begin(terminal, tmp_path, str(file))
    assert "✓" not in learner.line(f"perl -MSocket -e '{SERVER}' &")
    learner.terminal.wait("✓ Step 1.")
    learner.line("", "step 2 of 3")
    learner.line("(sleep 1; echo 1 > /proc/sys/net/ipv4/ip_forward) &")
    learner.terminal.wait("What is the setting now?")
    wrong = " ".join(learner.line(":answer 0").split())
    assert '✗ sysctl net.ipv4.ip_forward says otherwise. Look behind "=".' in wrong
    assert "✓ Step 2." in learner.line(":answer 1")
    learner.line("", "step 3 of 3")
    learner.line("(sleep 1; iptables -P FORWARD DROP; sleep 1) &")
    learner.terminal.wait("And what becomes of packets now?")
    learner.line(":answer drop", re.compile("✓ Step 3"))


REPAIR = """\
---
format: 1
id: bridge
title: A closed door
---
```setup
ip netns add a
ip netns add b
ip link add a0 netns a type veth peer name b0 netns b
ip -n a addr add 192.0.2.1/24 dev a0
ip -n b addr add 192.0.2.2/24 dev b0
ip -n a link set a0 up
ip -n b link set b0 up
ip netns exec b iptables -P INPUT DROP
```

## Make a house {#eden}

```check
netns eden
```

```solution
ip netns add eden
```

```hint
It is a namespace.
```

## Open the door {#open}

```check
ping 192.0.2.2 netns a within 60s
```

```solution
true
```

```hint
It is a filter.
```

## Close it {#close}

```check
not ping 192.0.2.2 netns a
```

```solution
true
```

```hint
It is a filter.
```
"""


def test_a_repair_passes_its_step_and_a_pass_waits_for_no_later_probe(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Each by what raises no event, while nothing is typed; the first is told while the second is waited for."""
    file = tmp_path / "door.md"
    file.write_text(REPAIR, encoding="utf-8")
    learner = begin(terminal, tmp_path, str(file))
    assert "✓ Step 1." in learner.line("ip netns add eden", timeout=30)
    learner.line("", "step 2 of 3")
    assert "✓" not in learner.line("(sleep 1; ip netns exec b iptables -P INPUT ACCEPT) &")
    learner.terminal.wait("✓ Step 2.")
    learner.line("", "step 3 of 3")
    learner.line("ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_all=1", re.compile("✓ Step 3"))
