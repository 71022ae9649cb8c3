@ Code whose instruction counts can be read off: n = r0.
    .syntax unified
    .thumb
    .text
    .global straight
    .type straight, %function
    .thumb_func
straight:               @ 4 instructions
    adds r0, #1
    adds r0, #2
    adds r0, #3
    bx   lr
    .size straight, . - straight

    .global loop
    .type loop, %function
    .thumb_func
loop:                   @ 1 + 3 n + 1, n >= 1
    movs r1, #0
1:  adds r1, #3
    subs r0, #1
    bne  1b
    bx   lr
    .size loop, . - loop

    .global folded
    .type folded, %function
    .thumb_func
folded:                 @ 7: both arms of the IT block are issued
    cmp   r0, #0
    ite   eq
    moveq r1, #1
    movne r1, #2
    nop
    mov   r0, r1
    bx    lr
    .size folded, . - folded

    .global into_itself
    .type into_itself, %function
    .thumb_func
into_itself:            @ 2 + 3 n + 1: the loop starts inside the first block
    movs r1, #0
    movs r2, #0
2:  adds r2, #1
    subs r0, #1
    bne  2b
    bx   lr
    .size into_itself, . - into_itself
