@ Code whose cycles follow from docs/cycle_model.md by hand; r0 = loop count where there is a loop.
    .syntax unified
    .thumb
    .fpu fpv5-sp-d16
    .text
    .macro function name
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

    function pairs              @ (adds adds)(adds movs) bx+1: 2 + 2 = 4
    adds r0, #1
    adds r1, #2
    adds r2, #3
    movs r3, #4
    bx   lr

    function chain              @ every addition needs the one before: 4 alone, the last with bx: 4 + 1
    adds r0, r0, r0
    adds r0, r0, r0
    adds r0, r0, r0
    adds r0, r0, r0
    bx   lr

    function wide_ones          @ 32-bit instructions never pair: 3, then bx alone: 1 + 1
    add.w r0, r0, #1
    add.w r1, r1, #1
    add.w r2, r2, #1
    bx    lr

    function two_loads          @ memory with memory does not pair, load + add does: 1 + 1 + (bx) 1 + 1
    ldr  r1, [r0]
    ldr  r2, [r0]
    adds r3, #1
    bx   lr

    function compare_branch     @ (cmp bne not taken), then the open slot: (movs movs), bx 1 + 1 -> 1 + 1 + 2
    cmp  r0, r0
    bne  1f
    movs r1, #1
    movs r2, #2
1:  bx   lr

    function open_slot          @ add.w; b not taken alone, (b, movs) together; bx: 1 + 1 + 0 + 2
    adds.w r0, r0, #0
    beq  1f
    movs r1, #1
1:  bx   lr

    function multiple           @ push of 4: 4, pop of 4: 4 + 1
    push {r4, r5, r6, lr}
    pop  {r4, r5, r6, pc}

    function float_chain        @ add, mul, mul-acc, divide, bx: 1 + 1 + 3 + 14 + 1 + 1
    vadd.f32 s0, s0, s1
    vmul.f32 s0, s0, s1
    vfma.f32 s0, s0, s1
    vdiv.f32 s0, s0, s1
    bx   lr

    function divided            @ 6 + 1 + 1
    udiv r0, r0, r0
    bx   lr

    function folded_it          @ cmp 1, it 0, addne 1 (needs the flags), bx 1 + 1 (pairs: same slot) -> 3
    cmp   r0, r1
    it    ne
    addne r0, r0, #1
    bx    lr

    function counted_loop       @ movs 1 + n x ((adds subs) 1, bne 1) + (n - 1) taken + bx in bne's slot 0 + 1
    movs r1, #0
1:  adds r1, #3
    subs r0, #1
    bne  1b
    bx   lr
