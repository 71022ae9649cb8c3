/* Integer workloads of the kinds processor benchmarks are made of; written for the tests of the cycle model. */
#include <stddef.h>
#include <stdint.h>

typedef struct node { struct node *next; int16_t key; int16_t value; } node_t;

uint32_t walk_list(uint32_t n);
int32_t matrix_multiply(uint32_t n);
uint32_t state_machine(uint32_t n);
uint32_t crc_ccitt(uint32_t n);
uint32_t sort_list(uint32_t n);

static node_t nodes[256];
static int16_t left[16 * 16], right[16 * 16];
static int32_t product[16 * 16];
static uint32_t seen[6];

static node_t *make_list(uint32_t n)
{
    uint32_t noise = 12345u;
    for (uint32_t i = 0; i < n; i++) {
        noise = noise * 1103515245u + 12345u;
        nodes[i].key = (int16_t)((noise >> 16) & 0x3ffu);
        nodes[i].value = (int16_t)i;
        nodes[i].next = i + 1u < n ? &nodes[i + 1u] : NULL;
    }
    return n > 0u ? nodes : NULL;
}

static node_t *find(node_t *at, int16_t key)
{
    while (at != NULL && at->key != key) { at = at->next; }
    return at;
}

static node_t *reverse(node_t *at)
{
    node_t *done = NULL;
    while (at != NULL) {
        node_t *rest = at->next;
        at->next = done;
        done = at;
        at = rest;
    }
    return done;
}

uint32_t walk_list(uint32_t n)
{
    node_t *list = make_list(n);
    uint32_t found = 0u;
    for (int16_t key = 0; key < 64; key++) {
        const node_t *hit = find(list, key);
        if (hit != NULL) { found += (uint32_t)hit->value; }
        list = reverse(list);
    }
    return found;
}

static node_t *merge(node_t *a, node_t *b)
{
    node_t head = {NULL, 0, 0};
    node_t *tail = &head;
    while (a != NULL && b != NULL) {
        if (a->key <= b->key) { tail->next = a; a = a->next; }
        else { tail->next = b; b = b->next; }
        tail = tail->next;
    }
    tail->next = a != NULL ? a : b;
    return head.next;
}

uint32_t sort_list(uint32_t n)
{
    node_t *bins[10] = {NULL};
    node_t *rest = make_list(n);
    while (rest != NULL) {
        node_t *run = rest;
        rest = rest->next;
        run->next = NULL;
        uint32_t k = 0u;
        for (; k < 9u && bins[k] != NULL; k++) { run = merge(bins[k], run); bins[k] = NULL; }
        bins[k] = bins[k] != NULL ? merge(bins[k], run) : run;
    }
    node_t *all = NULL;
    for (uint32_t k = 0u; k < 10u; k++) { all = merge(bins[k], all); }
    uint32_t sum = 0u;
    for (uint32_t place = 1u; all != NULL; all = all->next) { sum += place++ * (uint32_t)(uint16_t)all->key; }
    return sum;
}

int32_t matrix_multiply(uint32_t n)
{
    for (uint32_t i = 0; i < n * n; i++) { left[i] = (int16_t)(i * 7u); right[i] = (int16_t)(i ^ 0x55u); }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < n; k++) { sum += left[i * n + k] * right[k * n + j]; }
            product[i * n + j] = sum;
        }
    }
    int32_t trace = 0;
    for (uint32_t i = 0; i < n; i++) { trace += product[i * n + i] >> 3; }
    return trace;
}

typedef enum { START, SIGN, WHOLE, FRACTION, DONE, WRONG } state_t;

static int digit(char c) { return c >= '0' && c <= '9'; }

static state_t scan(const char **text, const char *end)
{
    state_t state = START;
    const char *at = *text;
    for (; at < end && state != WRONG; at++) {
        const char c = *at;
        if (c == ',') { at++; break; }
        switch (state) {
        case START: state = digit(c) ? WHOLE : (c == '+' || c == '-') ? SIGN : c == '.' ? FRACTION : WRONG; break;
        case SIGN: state = digit(c) ? WHOLE : c == '.' ? FRACTION : WRONG; break;
        case WHOLE: if (c == '.') { state = FRACTION; } else if (!digit(c)) { state = WRONG; } break;
        case FRACTION: if (!digit(c)) { state = WRONG; } break;
        case DONE: case WRONG: default: break;
        }
        seen[state]++;
    }
    *text = at;
    return state;
}

uint32_t state_machine(uint32_t n)
{
    static const char source[] = "12,-7.25,+.5,9x,3.1.4,100000,.,-,77.125,";
    uint32_t ends = 0u;
    uint32_t used = 0u;
    while (used < n) {
        const char *at = source;
        const char *end = source + sizeof source - 1u;
        while (at < end) { ends += (uint32_t)scan(&at, end); }
        used += (uint32_t)sizeof source;
    }
    return ends;
}

uint32_t crc_ccitt(uint32_t n)
{
    uint16_t crc = 0xffffu;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i * 31u);
        for (uint32_t bit = 0; bit < 8u; bit++) {
            const uint16_t mix = (uint16_t)((crc ^ byte) & 1u);
            crc = (uint16_t)(crc >> 1);
            if (mix != 0u) { crc ^= 0x8408u; }
            byte = (uint8_t)(byte >> 1);
        }
    }
    return crc;
}
