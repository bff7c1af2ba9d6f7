# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On a kernel with KASAN, UBSAN, lockdep and kmemleak: the KUnit suites, fault injection
# into each allocation, and a short form of the change tests. Errors that the kernel detects
# are in the last results of each guest, see guest/tap.sh. FAULTS=all also injects faults
# while the module is loaded and while a table is read again.

. "$(dirname "${BASH_SOURCE[0]}")/change.sh"

test_kunit() {
    { echo "suites=$(cat "$PVF_TOP"/driver/tests/*.c | grep -c ^kunit_test_suite)"; cat; } >"$SCRIPT" <<'END'
ok "the module loads" modprobe pvfeat_kunit
for suite in /sys/kernel/debug/kunit/pvfeat*; do
    name=$(basename "$suite")
    sed -n "s/^    \(ok\|not ok\) [0-9]* /\1 - $name: /p" "$suite/results" >/tmp/results
    cat /tmp/results
    is "$name: none failed" "$(grep -c '^not ok' /tmp/results)" 0
    is "$name: number of results" "$(wc -l </tmp/results)" "$(sed -n 's/^    1\.\.//p' "$suite/results")"
done
is "number of suites" "$(ls /sys/kernel/debug/kunit | grep -c pvfeat)" $suites
ok "unload" rmmod pvfeat_kunit pvfeat
END
    APPEND=kunit.enable=1 guest_test "KUnit" <"$SCRIPT"
}

# fault_test NAME QEMU-ARG...: change_test with functions for fault injection
fault_test() {
    { fault_functions; cat; } >"$SCRIPT.faults"
    change_test "$@" <"$SCRIPT.faults"
}

fault_functions() {
    cat <<'END'
d=/machine/peripheral/d
# range REGEX: print the address range of the kernel's symbols that match
range() { sort /proc/kallsyms | grep -iE -A1 "$1" | sed -n '1s/ .*//p;$s/ .*//p'; }
# within REGEX: inject only into allocations with these symbols in the call trace
within() {
    set -- $(range "$1")
    inject require-start 0x$1
    inject require-end 0x$2
}
# reject REGEX: inject only into allocations without these symbols in the call trace
reject() {
    set -- $(range "$1")
    inject reject-start 0x${1:-0}
    inject reject-end 0x${2:-0}
}
inject() { echo "$2" >/sys/kernel/debug/failslab/$1; }
# Allocations are counted, so their sequence must be reproducible. Page allocations never
# fail, because they depend on the fill level of slabs and of KASAN's stack depot.
echo 0 >/sys/kernel/debug/fail_page_alloc/require-end
# Inject only into processes that "reader fail" marks, at the allocations that it selects,
# and also into allocations that may sleep, which are nearly all
inject task-filter Y
inject probability 100
inject times -1
inject ignore-gfp-wait N

# denied: print the driver's functions whose allocations failed, and the kernel function that
# each called: in each trace the first frame of the module, and the frame before it
denied() {
    awk '/FAULT_INJECTION/ { seen = 0 }
        / [A-Za-z_0-9.]+\+0x/ && !/ \? / {
            for (i = 1; $i !~ /\+0x/; i++);
            sub(/[.+].*/, "", $i)
            if (/\[pvfeat\]/ && !seen++)
                print $i ": " last
            last = $i
        }' | sort -u
}

# once NAME LEAST ACTION...: run the action with its first, second ... allocation failing,
# until it has no more, with at least LEAST failures. After each run the test's own function,
# called with the error, must verify the state and restore it.
once() { sweep '' "$@"; }
# on_and_on: the same, with all following allocations failing as well
on_and_on() { sweep from "$@"; }
sweep() {
    from=$1 what="$2${1:+, from there on}" least=$3 n=1
    shift 3
    forget
    : >/tmp/denied
    : >/tmp/came
    while came=$(reader fail $from $n "$@"); do
        dmesg -c >/tmp/last
        cat /tmp/last >>/tmp/denied
        echo "${came##* }" >>/tmp/came
        # Print the location if the action failed with another error than ENOMEM
        case $came in
        *" 0" | *" ENOMEM") ;;
        *) echo "# $what: number $n: $came: $(denied </tmp/last)" ;;
        esac
        settle "${came##* }" || came="number $n: $came; then the state is wrong"
        case $came in failed,*) n=$((n + 1)) ;; *) break ;; esac
    done
    cat /tmp/denied >>/tmp/dmesg
    is "$what: succeeds after the last failure" "$came" "none left, 0"
    ok "$what: at least $least failures" test $((n - 1)) -ge "$least"
    echo "# $what: $((n - 1)) places; results: $(sort /tmp/came | uniq -c | xargs)"
    denied </tmp/denied | tee -a /tmp/steps | sed 's/^/# denied to /'
}

# Only builtins of the shell, because these functions run hundreds of times
shows() {
    have=''
    for file in $e/features/*; do
        read -r value <$file
        [ "$value" = 0 ] || have="$have${have:+ }${file##*/}"
    done
    [ "$have" = "$1" ]
}
gone() { set -- $PVF/*; [ "$*" = $e ] && shows ''; }
bind() { echo "$bdf" >$driver/bind; }
unbind() { echo "$bdf" >$driver/unbind; }
driver=/sys/bus/pci/drivers/pvfeat_pci
END
}

# Without a vector: each step of the probe that allocates memory
test_fault_bind() {
    fault_test "bind" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci,msix=off <<'END'
settle() {
    [ "$1" != 0 ] || { shows vtpm && unbind; }
    gone && bind && shows vtpm && unbind && gone
}
unbind
within ' t .*\[pvfeat\]'
once bind 10 write $driver/bind "$bdf"
on_and_on bind 10 write $driver/bind "$bdf"
for step in devm_kmalloc pcim_enable_device __devm_request_region devm_ioremap \
    __devm_add_action __kmalloc_cache_noprof __kvmalloc_node_noprof dev_set_name \
    device_add; do
    like "bind: an allocation of $step failed" "$(cat /tmp/steps)" "^pvfeat_[a-z_]*: $step"
done

settle() {
    [ "$1" != 0 ] || { gone && bind; }
    shows vtpm
}
bind
within .
once unbind 1 write $driver/unbind "$bdf"
on_and_on unbind 1 write $driver/unbind "$bdf"
END
}

# The vector is optional, so a failed allocation for it is not an error. Allocations for files
# in /proc/irq are excluded: Linux 6.12 warns if one fails, and crashes if more fail.
test_fault_vector() {
    fault_test "vector" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci <<'END'
on() { shows vtpm && grep -q pvfeat /proc/interrupts; }
settle() { [ "$1" = 0 ] && shows vtpm && unbind && gone && bind && on && unbind; }
unbind
reject ' register_(handler|irq)_proc$'
within ' pci_alloc_irq_vectors(_affinity)?$'
once vector 10 write $driver/bind "$bdf"
within ' request_threaded_irq$'
once handler 1 write $driver/bind "$bdf"
END
}

test_fault_load() {
    fault_test "load" -object "$PV0,features=vtpm" \
        -device paravisor-pci,msix=off <<'END'
rmmod pvfeat
module=$(modinfo -n pvfeat)
# Loading a module makes many allocations; inject only into those of the module's own code
within ' do_one_initcall$'
settle() {
    [ "$1" != 0 ] || { { shows vtpm || shows ""; } && { all || said; } && rmmod pvfeat; }
    [ ! -e $PVF ] && insmod $module && shows vtpm && all && rmmod pvfeat
}
all() { [ "$(echo $PVF/*)" = "$PVF/acpi $PVF/cpuid $e $PVF/pci0" ]; }
# The log explains a missing window; -16 (EBUSY) if the BAR's range could not be reserved
said() { grep -qE "lost: -(ENOMEM|12)\$|failed with error -1[26]|driver_sysfs_add.*failed" /tmp/last; }
# The test of bind already covers the many files of a device
reject ' internal_create_group$'
once load 50 load "$module"
reject nothing
within .
settle() {
    [ "$1" = 0 ] && [ ! -e $PVF ] && insmod $module && shows vtpm
}
modprobe pvfeat
once unload 1 unload pvfeat
on_and_on unload 1 unload pvfeat
END
}

# Without a vector, so that no interrupt causes an earlier read. A worker wakes pollers and
# sends uevents.
test_fault_reread() {
    fault_test "re-read" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci-hostile,id=d,msix=off <<'END'
modprobe pvfeat_sample
# Do not echo the host's answers
stty -echo </dev/console
generation=0
poke() {
    generation=$((generation + 2))
    host set $d poke-now "\"5=$generation+$1\"" >/dev/null
}
reread() { echo 1 2>/dev/null >$reread; }
settle() {
    [ "$1" = 0 ] && shows attestation-report && poke 12=0x10000 && reread &&
        shows vtpm && poke 12=0x2000
}
poke 12=0x2000
within ' t .*\[pvfeat\]'
once "changed table" 0 write $reread 1
is "reading a changed table allocates no memory" "$(($n - 1))" 0
refused() { read -r have <$s/status && [ "$have" = refused ] && shows ''; }
settle() {
    [ "$1" = 0 ] && shows attestation-report && poke 7=0 && ! reread && refused && poke 7=1
}
poke 7=0
reread
poke 7=1
once "good again" 0 write $reread 1
is "reading a valid table after a malformed one allocates no memory" "$(($n - 1))" 0
END
}

run_debug() {
    GUEST_SECONDS=1200
    test_kunit
    test_fault_bind
    test_fault_vector
    # Loading the module some hundreds of times takes a quarter of an hour
    if [ "${FAULTS:-}" = all ]; then
        test_fault_load
        test_fault_reread
    fi
    test_change
    test_misbehaved
    test_plug 2 root0 '' -device pcie-root-port,id=root0,bus=pcie.0
    test_torture 1000
}
