/* Small functions with known results for the tests of the virtual board's calls, faults and call tree. */
#include <stdint.h>

static volatile uint32_t sink;
uint32_t initialised = 1234u;
uint32_t zeroed[4];

int sum5(int a, int b, int c, int d, int e);
float mix(float a, int n, float b);
int64_t wide(int a);
float third(void);
int read_bad(int *place);
int write_flash(int *place);
int undefined(void);
uint32_t deep(uint32_t n);
uint32_t caller(uint32_t n);
uint32_t leaf_a(uint32_t n);
uint32_t leaf_b(uint32_t n);
uint32_t tail(uint32_t n);
void forever(void);
float total(const float *x, uint32_t n);
uint32_t supervisor(void);

int sum5(int a, int b, int c, int d, int e) { return a + 2 * b + 3 * c + 5 * d + 7 * e; }
float mix(float a, int n, float b) { return a * (float)n + b; }
int64_t wide(int a) { return ((int64_t)a << 33) + 5; }
float third(void) { return 1.0f / 3.0f; }
int read_bad(int *place) { return *(volatile int *)place; }
int write_flash(int *place) { *(volatile int *)place = 1; return 1; }
int undefined(void) { __asm volatile("udf #0"); return 1; }
uint32_t supervisor(void) { __asm volatile("svc #3"); return 1u; }

__attribute__((noinline)) uint32_t deep(uint32_t n)
{
    volatile uint32_t pad[8];
    pad[0] = n;
    if (n == 0u) { return 1u; }
    return deep(n - 1u) + pad[0];
}

__attribute__((noinline)) uint32_t leaf_a(uint32_t n)
{
    uint32_t x = 1u;
    for (uint32_t i = 0; i < n; i++) { x = x * 5u + i; sink = x; }
    return x;
}

__attribute__((noinline)) uint32_t leaf_b(uint32_t n) { sink = n; return n ^ 0x55u; }

__attribute__((noinline)) uint32_t tail(uint32_t n) { sink = n; return leaf_b(n + 1u); }

uint32_t caller(uint32_t n)
{
    uint32_t x = 0u;
    for (uint32_t i = 0; i < n; i++) { x += leaf_a(10u); x ^= tail(x); }
    return x;
}

void forever(void) { for (;;) { sink = sink + 1u; } }

float total(const float *x, uint32_t n)
{
    float s = 0.0f;
    for (uint32_t i = 0; i < n; i++) { s += x[i]; }
    return s;
}

/* A call through a pointer held in a constant table, and one through a pointer from outside. */
typedef uint32_t (*step_t)(uint32_t);
static const step_t steps[2] = {leaf_a, deep};
uint32_t through_table(uint32_t which, uint32_t n);
uint32_t through_argument(step_t step, uint32_t n);
uint32_t through_table(uint32_t which, uint32_t n) { return steps[which & 1u](n) + 1u; }
uint32_t through_argument(step_t step, uint32_t n) { return step(n) + 1u; }
