/* A program with an end of its own: prints and exits by semihosting, polls a peripheral, sleeps. */
#include <stdint.h>

int main(void);
void prints(void);
void polls(void);
void endless(void);
void sleeps(void);
uint32_t squares(uint32_t n);

static int semihost(int call, const void *argument)
{
    register int r0 __asm("r0") = call;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static volatile uint32_t result;

__attribute__((noinline)) uint32_t squares(uint32_t n)
{
    uint32_t sum = 0u;
    for (uint32_t i = 0; i < n; i++) { sum += i * (i ^ result); }
    result = sum;
    return sum;
}

int main(void) { (void)squares(100u); (void)squares(10u); return 7; }

void prints(void)
{
    (void)semihost(0x04, "one\n");
    (void)semihost(0x03, "2");
    (void)squares(20u);
    (void)semihost(0x18, (const void *)0x20026u);
    for (;;) { (void)squares(1u); }
}

void polls(void) { while ((*(volatile uint32_t *)0x40001000u & 2u) == 0u) { } }

void endless(void) { (void)squares(5u); for (;;) { } }

void sleeps(void) { (void)squares(5u); __asm volatile("wfi"); (void)squares(5u); }
