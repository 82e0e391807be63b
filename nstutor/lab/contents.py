"""The texts of the files that a world brings along."""

from __future__ import annotations

SHIMS = "/opt/nstutor/bin"
"""Directory of our own commands in a world: first in PATH, on a read-only mount."""

PATH = f"{SHIMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

BASHRC = """\
# Every interactive bash of the lab reads this; your own settings belong in ~/.bashrc.
# A line that begins with a blank is not kept in the history.
HISTCONTROL=ignorespace
if [[ -n ${NSTUTOR_PROMPT-} ]]; then
    # The high element survives PROMPT_COMMAND=…
    PS1= PROMPT_COMMAND=([99]=$NSTUTOR_PROMPT)
    eval "$NSTUTOR_PROMPT"
elif [[ ${PS1-} == '\\s-\\v\\$ ' ]]; then
    PS1='\\h \\w \\$ '
fi
"""

SHRC = """\
# Every interactive sh of the lab reads this: one that is no bash knows no prompt but its own.
PS1='# ' PS2='> '
[ -z "${BASH_VERSION-}" ] || . /etc/bash.bashrc
"""

INPUTRC = """\
set enable-bracketed-paste off
set disable-completion on
set bell-style none
"""

PROFILE = f"""\
export PATH={PATH}
[ -z "${{BASH-}}" ] || [ ! -r /etc/bash.bashrc ] || . /etc/bash.bashrc
"""

HOSTS = """\
127.0.0.1 localhost host
::1 localhost ip6-localhost ip6-loopback
"""

# Without a name server the resolver asks 127.0.0.1, which refuses at once.
RESOLV = "# The lab has no name servers. /etc/netns/NAME/resolv.conf is the one of a namespace.\n"

NSSWITCH = """\
passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
"""

SUDO = r"""#!/bin/bash
# In the lab you are root already: sudo runs its arguments.
usage() {
    echo 'usage: sudo [-E] [-u root] [VAR=value] command [argument ...]' >&2
    echo '       sudo -i | -s [command]' >&2
    exit 1
}

shell=
while [ $# -gt 0 ]; do
    case $1 in
        --) shift; break ;;
        --user | --group | --host | --prompt | --chdir | --close-from | --command-timeout) shift 2 || usage ;;
        --login) shell=login; shift ;;
        --shell) shell=shell; shift ;;
        --version) echo 'sudo of the nstutor lab'; exit 0 ;;
        --validate | --reset-timestamp | --remove-timestamp | --list) exit 0 ;;
        --*) shift ;;
        -?*)
            letters=${1#-}; shift
            while [ -n "$letters" ]; do
                letter=${letters:0:1}; letters=${letters:1}
                case $letter in
                    i) shell=login ;;
                    s) shell=shell ;;
                    # These take a value: the rest of the word, or the next word.
                    u | g | h | p | C | D | R | T | U) [ -n "$letters" ] || shift || usage; letters= ;;
                    v | K | l) exit 0 ;;
                    V) echo 'sudo of the nstutor lab'; exit 0 ;;
                    A | b | B | E | H | k | n | N | P | S) ;;
                    *) echo "sudo: invalid option -- '$letter'" >&2; usage ;;
                esac
            done ;;
        [A-Za-z_]*=*) [[ ${1%%=*} =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || break; export "$1"; shift ;;
        *) break ;;
    esac
done
# VAR=value may also follow `--`.
while [[ ${1-} =~ ^[A-Za-z_][A-Za-z0-9_]*= ]]; do export "$1"; shift; done

case $shell in
    login) cd ~ || exit; words=(bash -l) ;;
    shell) words=("${SHELL:-/bin/bash}") ;;
    *)
        [ $# -gt 0 ] || usage
        type -P -- "$1" >/dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }
        exec -- "$@" ;;
esac
[ $# -eq 0 ] || words+=(-c "${*@Q}")
exec -- "${words[@]}"
"""
