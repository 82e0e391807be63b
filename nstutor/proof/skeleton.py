"""The text of a new lesson."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from nstutor.proof.derive import Group

FRONT = """\
---
format: 1
# What `nstutor learn` calls it: small letters, digits, hyphens.
id: {id}
title: {title}
# Lessons that come before it: [loopback, veth]
requires: []
# Programs that the solutions need.
tools: [{tools}]
minutes: 10
---
"""

BODY = """\
What this lesson is about, in a few sentences. Every lesson begins in an empty world: the namespace `host` with `lo` up.

## Build a house called cellar {#cellar}

Say what is to be done and where to look, but not how. Make a namespace called `cellar`.

```check
# One fact a line, as `ip` would say it; all of them must hold at one moment. docs/checks.md has every kind.
netns cellar
```

```solution
ip netns add cellar
```

```hint
The weakest hint comes first: a namespace is an object of the command `ip`.
```

```hint
The last hint may show the form: `ip netns add NAME`
```

```wrong a capital letter
ip netns add Cellar
=> the name is Cellar; it must be cellar
```

```why
What the learner may know now that it is done.
```

## Set lo up in it {#lo}

Every namespace has a `lo` of its own, and it is down. Set the one in cellar up.

```check
link lo netns cellar up
```

```solution
ip netns exec cellar ip link set lo up
```

```solution
# A second solution is an alternative. It must pass as well.
ip -n cellar link set lo up
```

```hint
In which namespace does the command have to run?
```

```hint
`ip -n NAMESPACE link set DEV up`
```

```wrong lo of host
ip link set lo up
=> lo in cellar is down
```

## Look at it {#look}

A step whose checks are `ran` lines only looks. Ask for the devices in cellar.

```check
ran netns cellar -- ip link
```

```ask
What state does `ip link` show for lo in cellar?
answer: link lo netns cellar operstate
```

```solution
ip netns exec cellar ip link
```

```hint
`ip netns exec NAMESPACE COMMAND` runs a command in a namespace.
```

```wrong looked in host
ip link
=> cellar
```
"""

STEP = """\
## Step {number} {{#step-{number}}}

Say what is to be done and where to look, but not how.

```check
# Derived from what the commands left. Keep what the step is about, and cut the rest.
{checks}
```

```solution
{solution}
```

```hint
{hint}
```
"""
COMMANDS = re.compile(r"^\s*(?:sudo\s+)?([a-z][\w.-]*)", re.MULTILINE)
WORDS_OF_BASH = frozenset({"for", "do", "done", "if", "then", "else", "fi", "while", "echo", "exit", "cd", "true"})


def skeleton(path: str) -> str:
    """A lesson that explains itself and passes its own proof; its name comes from the file's."""
    return _front(path, ["ip"]) + BODY


def draft(path: str, groups: Sequence[Group]) -> str:
    """A lesson with a step for each group."""
    named = [word for group in groups for line in group.lines for word in COMMANDS.findall(line)]
    tools = [word for word in dict.fromkeys(named) if word not in WORDS_OF_BASH]
    steps = (_step(number, group) for number, group in enumerate(groups, 1))
    return _front(path, tools) + "What this lesson is about, in a few sentences.\n\n" + "\n".join(steps)


def _step(number: int, group: Group) -> str:
    first = next(line.strip() for line in group.lines if line.strip() and not line.lstrip().startswith("#"))
    return STEP.format(
        number=number,
        checks="\n".join(group.checks),
        solution="\n".join(group.lines),
        hint=f"`{first.replace('`', '')}`",
    )


def _front(path: str, tools: Sequence[str]) -> str:
    stem = os.path.basename(path).removesuffix(".md")
    words = re.findall(r"[a-z0-9]+", stem.lower()) or ["lesson"]
    if len(words) > 1 and words[0].isdigit():
        del words[0]
    return FRONT.format(id="-".join(words), title=f'"{" ".join(words).capitalize()}"', tools=", ".join(tools))
