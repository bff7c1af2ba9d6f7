#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hotpath.sh: measure the cost of pvfeat_has() with a constant on a hot path of the kernel,
# compared with the equivalent checks of CPU features. Instructions: those that a call
# executes in a guest whose clock counts them (-icount), less those of an empty call. Loads
# and atomics: in the object code. Picoseconds: the whole call, in UML on this machine.

. "$(dirname "$0")/lib.sh"

# asked: print lines "FUNCTION PICOSECONDS" from the module's log messages
asked() { sed -n 's/.*pvfeat_bench: ask_\([a-z_]*\) \([0-9]*\) ps.*/\1 \2/p'; }

# code FUNCTION: print its instructions
code() {
    "${A_CROSS}objdump" -d --no-show-raw-insn "$module" |
        sed -n "/<ask_$1>:/,/^\$/s/^ *[0-9a-f]*:\t//p"
}

# matches REGEX: print the number of matching lines on standard input
matches() { grep -cE "$1" || :; }
atomics='^(lock|xchg)|^(ldx|stx|ldax|stlx|cas|swp|ld(add|clr|set|eor))'

for arch in ${ARCH:-x86_64 arm64}; do
    guest_use "$arch" 6.12
    module=$("$PVF_TOP/scripts/build-driver.sh" "$A_NAME" 6.12)/guest-tests/modules/pvfeat_bench.ko
    said=$(bench_guest "hot path, $arch" -icount shift=0,sleep=off <<'END'
modprobe pvfeat_bench calls=100000
dmesg
END
    )
    call=$(asked <<<"$said" | sed -n 's/^nothing //p')
    [ -n "$call" ] || die "no output of the module in the guest: $said"
    asked <<<"$said" | while read -r function ps; do
        [ "$function" != nothing ] || continue
        [ -n "$(code "$function")" ] || die "$module has no function ask_$function"
        # x86 code is in AT&T syntax; accesses to the stack belong to the call and are excluded
        loads=$(code "$function" | matches '^mov.* 0x[0-9a-f]*\(%|^ldr.*\[x')
        calls=$(code "$function" | grep -v '^call .*+0x9>' | matches '^(call|bl)[[:space:]]')
        echo "hotpath arch=$arch ask=$function instructions=$(((ps - call + 500) / 1000))" \
            "loads=$loads calls=$calls atomics=$(code "$function" | matches "$atomics")"
    done
done

say "hot path, UML ..."
"$PVF_TOP/scripts/kunit.sh" newest run --raw_output=all --kernel_args pvfeat_bench.calls=10000000 \
    'pvfeat_table*' | asked | while read -r function ps; do
    echo "hotpath arch=uml ask=$function picoseconds=$ps"
done
