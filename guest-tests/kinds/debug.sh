# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On a kernel with KASAN, UBSAN, lockdep and kmemleak: the KUnit suites,
# allocations that fail wherever one can, and a short form of the change tests.
# What those find is in the last results of each guest, see guest/tap.sh. FAULTS=all
# has them fail while the module is loaded and while a table is read again, too.

. "$(dirname "${BASH_SOURCE[0]}")/change.sh"

test_kunit() {
    APPEND=kunit.enable=1 guest_test "KUnit" <<'END'
ok "the module loads" modprobe pvfeat_kunit
for suite in /sys/kernel/debug/kunit/pvfeat*; do
    name=$(basename "$suite")
    sed -n "s/^    \(ok\|not ok\) [0-9]* /\1 - $name: /p" "$suite/results" >/tmp/results
    cat /tmp/results
    is "$name: none failed" "$(grep -c '^not ok' /tmp/results)" 0
    is "$name: all ran" "$(wc -l </tmp/results)" "$(sed -n 's/^    1\.\.//p' "$suite/results")"
done
is "suites" "$(ls /sys/kernel/debug/kunit | grep -c pvfeat)" 3
ok "unload" rmmod pvfeat_kunit pvfeat
END
}

# fault_test NAME QEMU-ARG...: change_test with what makes allocations fail
fault_test() {
    { fault_functions; cat; } >"$SCRIPT.faults"
    change_test "$@" <"$SCRIPT.faults"
}

fault_functions() {
    cat <<'END'
d=/machine/peripheral/d
# range REGEX: the addresses of the kernel's symbols that match, and of what follows
range() { sort /proc/kallsyms | grep -iE -A1 "$1" | sed -n '1s/ .*//p;$s/ .*//p'; }
# within REGEX: only allocations on behalf of these
within() {
    set -- $(range "$1")
    inject require-start 0x$1
    inject require-end 0x$2
}
# reject REGEX: none on behalf of these
reject() {
    set -- $(range "$1")
    inject reject-start 0x${1:-0}
    inject reject-end 0x${2:-0}
}
inject() { echo "$2" >/sys/kernel/debug/failslab/$1; }
# Allocations are counted, so they must be the same ones each time. Pages are taken
# when a slab or the stack depot of KASAN is full, so they never fail.
echo 0 >/sys/kernel/debug/fail_page_alloc/require-end
# Only for the process that asks, from the one on that "reader fail from" names,
# and also those that may sleep, which are nearly all
inject task-filter Y
inject probability 100
inject times -1
inject ignore-gfp-wait N

# The driver's functions that were denied memory, and by which of the kernel's: of
# each trace the first frame that is the module's, and the frame before it
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

# once NAME LEAST ACTION...: do that with its first, second ... allocation failing,
# until there are no more (LEAST at least). Each time "settle ERROR" has to find
# what it should, and to bring all back.
once() { sweep '' "$@"; }
# on_and_on: the same with all that follow failing as well
on_and_on() { sweep from "$@"; }
sweep() {
    from=$1 what="$2${1:+, on and on}" least=$3 n=1
    shift 3
    forget
    : >/tmp/denied
    : >/tmp/came
    while came=$(reader fail $from $n "$@"); do
        dmesg -c >/tmp/last
        cat /tmp/last >>/tmp/denied
        echo "${came##* }" >>/tmp/came
        # What is denied memory says so; else one would like to know where
        case $came in
        *" 0" | *" ENOMEM") ;;
        *) echo "# $what: number $n: $came: $(denied </tmp/last)" ;;
        esac
        settle "${came##* }" || came="number $n: $came; and then it is not as it should be"
        case $came in failed,*) n=$((n + 1)) ;; *) break ;; esac
    done
    cat /tmp/denied >>/tmp/dmesg
    is "$what: done in the end" "$came" "none left, 0"
    ok "$what: at least $least" test $((n - 1)) -ge "$least"
    echo "# $what: $((n - 1)) places; it came to $(sort /tmp/came | uniq -c | xargs)"
    denied </tmp/denied | tee -a /tmp/steps | sed 's/^/# denied to /'
}

# Of the shell itself, for these run hundreds of times
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

# Without a vector: each step of the probe that takes memory
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
    like "bind: $step was denied memory" "$(cat /tmp/steps)" "^pvfeat_[a-z_]*: $step"
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

# The vector is no must, so that what is denied to it comes to no error. Linux 6.12
# itself complains if it cannot make a file in /proc/irq, and dies of more.
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
# Loading takes much of its own; what counts is what comes of the module's own code
within ' do_one_initcall$'
settle() {
    [ "$1" != 0 ] || { { shows vtpm || shows ""; } && { all || said; } && rmmod pvfeat; }
    [ ! -e $PVF ] && insmod $module && shows vtpm && all && rmmod pvfeat
}
all() { [ "$(echo $PVF/*)" = "$PVF/acpi $PVF/cpuid $e $PVF/pci0" ]; }
# Of a window that is not there there is a line; -16 if the BAR's range was not to be had
said() { grep -qE "lost: -(ENOMEM|12)\$|failed with error -1[26]|driver_sysfs_add.*failed" /tmp/last; }
# Each of the many files of a device is in the test of bind already
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

# Without a vector, so that no other process reads before. Pollers are woken, and uevents
# are sent, by a worker.
test_fault_reread() {
    fault_test "re-read" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci-hostile,id=d,msix=off <<'END'
modprobe pvfeat_sample
# The host's answers are not to be seen
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
is "a changed table takes no memory" "$(($n - 1))" 0
refused() { read -r have <$s/status && [ "$have" = refused ] && shows ''; }
settle() {
    [ "$1" = 0 ] && shows attestation-report && poke 7=0 && ! reread && refused && poke 7=1
}
poke 7=0
reread
poke 7=1
once "good again" 0 write $reread 1
is "a table that is good again takes no memory" "$(($n - 1))" 0
END
}

run_debug() {
    GUEST_SECONDS=1200
    test_kunit
    test_fault_bind
    test_fault_vector
    # A module that is loaded some hundreds of times takes a quarter of an hour
    if [ "${FAULTS:-}" = all ]; then
        test_fault_load
        test_fault_reread
    fi
    test_change
    test_misbehaved
    test_plug 2 root0 '' -device pcie-root-port,id=root0,bus=pcie.0
    test_torture 1000
}
