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
