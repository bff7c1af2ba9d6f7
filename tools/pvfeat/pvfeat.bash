# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for pvfeat(1)

_pvfeat() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command='' i words

    # "--option=value" comes as three words
    if [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    elif [ "$current" = = ]; then
        current=''
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        show|has|watch|list|conformance) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $previous in
    -s|--source) words='sysfs pci vfio cpuid dt' ;;
    --color) words='auto always never' ;;
    -d|--device|conformance)
        words=$(cd /sys/bus/pci/devices 2>/dev/null && echo *:*) ;;
    -n|--count|--change) words='' ;;
    *)
        case $command:$current in
        *:-*) words='--source --device --json --quiet --count --change --no-writes
            --color --help --version' ;;
        has:*) words=$(pvfeat list 2>/dev/null | awk '{ print $2 }') ;;
        :*) words='show has watch list conformance' ;;
        *) words='' ;;
        esac ;;
    esac
    # shellcheck disable=SC2207 # no word has a space
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    # A PCI address has colons, at which readline splits words
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$current"
    fi
}
complete -F _pvfeat pvfeat
