# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for pvfeat(1)

_pvfeat() {
    local line=${COMP_LINE:0:COMP_POINT} command='' typed current previous i words

    # Split the line at blanks only: COMP_WORDS is split at "=" and ":", too
    read -ra typed <<<"$line"
    [[ $line == *[[:space:]] ]] && typed+=('')
    current=${typed[-1]} previous=${typed[-2]}
    if [[ $current == --*=* ]]; then
        previous=${current%%=*} current=${current#*=}
    fi
    for ((i = 1; i < ${#typed[@]} - 1; i++)); do
        case ${typed[i]} in
        show|has|watch|doctor|list|digest|endorse|conformance) command=${typed[i]}; break ;;
        esac
    done
    case $previous in
    -s|--source) words='sysfs pci vfio cpuid dt hyperv' ;;
    --color) words='auto always never' ;;
    --features)
        # Complete the name after the last "+"
        words=$(pvfeat list 2>/dev/null | awk -v before="${current%"${current##*+}"}" '{ print before $2 }') ;;
    --tee) words='none tdx sev-snp cca vbs' ;;
    --access-method) words='native svsm hypercall-page firmware-call' ;;
    -d|--device|conformance)
        words=$(ls /sys/bus/pci/devices 2>/dev/null) ;;
    --dump|--bar) words=$(compgen -f -- "$current") ;;
    -n|--count|--change|--shared-gpa-boundary|--paravisor-*|--min-feature-words) words='' ;;
    *)
        case $command:$current in
        *:-*) words='--source --device --json --quiet --count --change --no-writes
            --dump --bar --allow-untrusted --revoke --color --help --version
            --features --tee --access-method --shared-gpa-boundary --paravisor-id
            --paravisor-version --min-feature-words' ;;
        has:*) words=$(pvfeat list 2>/dev/null | awk '{ print $2 }') ;;
        endorse:*) words=$(pvfeat -s sysfs digest 2>/dev/null | awk '{ print $2 }') ;;
        :*) words='show has watch doctor list digest endorse conformance' ;;
        *) words='' ;;
        esac ;;
    esac
    # shellcheck disable=SC2207 # no word contains a blank
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    # Readline replaces only the text after the last colon
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%:*}:"}")
    fi
}
complete -F _pvfeat pvfeat
