/* SPDX-License-Identifier: Apache-2.0 */
/* lib/print.c against the C library's snprintf: whatever we understand must come out the same. */
#include <limits.h>
#include <string.h>
#include "lib/print.h"
#include "tap.h"

/* Formats that we take but a compiler may frown on are part of the test. */
#pragma GCC diagnostic ignored "-Wformat"

static unsigned int failures;

static void compare(const char *fmt, size_t length, size_t want_length, const char *got,
                    const char *want) {
    if (length == want_length && !strcmp(got, want)) return;
    failures++;
    printf("# \"%s\": got \"%s\" (%zu), want \"%s\" (%zu)\n", fmt, got, length, want, want_length);
}

#define SAME(fmt, ...)                                             \
    do {                                                           \
        char got_[256], want_[256];                                \
        size_t g_ = print_s(got_, sizeof(got_), fmt, __VA_ARGS__); \
        int w_ = snprintf(want_, sizeof(want_), fmt, __VA_ARGS__); \
                                                                   \
        compare(fmt, g_, (size_t)w_, got_, want_);                 \
    } while (0)

static void verdict(const char *sentence) {
    ok(failures == 0, "%s", sentence);
    failures = 0;
}

static void test_integers(void) {
    static const int values[] = {0, 1, -1, 9, 10, -10, 12345, -12345, INT_MAX, INT_MIN};
    static const char *const formats[] = {
        "%d",  "%u",   "%x",     "%8d",   "%-8d|", "%08d",
        "%2d", "%16x", "%-16x|", "%016x", "%12u",  "%-12u|",
    };

    for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) SAME(formats[f], values[v]);
    }
    verdict("%d %u %x with - and 0 and a width");
}

static void test_long_integers(void) {
    static const long long values[] = {0,         1,          -1,        LLONG_MAX,
                                       LLONG_MIN, 0x80000000, 1LL << 32, 0x123456789abcdefLL};
    static const char *const formats[] = {
        "%ld", "%lld",   "%zd",      "%lu",     "%llu",    "%zu",     "%lx",   "%llx",
        "%zx", "%20lld", "%-20lld|", "%020lld", "%016llx", "%-18lx|", "%24zu", "%024zu",
    };

    for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) SAME(formats[f], values[v]);
    }
    verdict("the length modifiers l, ll and z make them 64 bits wide");
}

static void test_alternative_form(void) {
    static const unsigned long long values[] = {1, 0xabc, 0xdeadbeef, ULLONG_MAX};
    static const char *const formats[] = {"%#llx",    "%#20llx",  "%-#20llx|",
                                          "%#018llx", "%0#18llx", "%#zx"};

    for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) SAME(formats[f], values[v]);
    }
    SAME("%#x", 0x1234U);
    verdict("the hash flag puts 0x in front of a number that is not 0, inside the width");
    SAME("%#x", 0U);
    SAME("%#010x", 0U);
    verdict("the hash flag adds nothing to 0");
}

static void test_pointers(void) {
    static const char object;

    SAME("%p", (const void *)&object);
    SAME("%24p", (const void *)&object);
    SAME("%-24p|", (const void *)&object);
    verdict("%p is the address in hexadecimal with 0x");
}

static void test_strings(void) {
    static const char *const values[] = {"", "a", "muster", "a rather longer piece of text"};
    static const char *const formats[] = {"%s",    "%8s",     "%-8s|", "%.3s",
                                          "%8.3s", "%-8.3s|", "%.0s",  "%.s"};
    static const char unended[3] = {'a', 'b', 'c'};
    static const char *const nothing = NULL;

    for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) SAME(formats[f], values[v]);
    }
    verdict("%s with a width and a precision");
    SAME("%.3s", unended);
    SAME("%.*s", 2, unended);
    verdict("%s reads no further than its precision");
    SAME("%s", *(const char *volatile *)&nothing);
    verdict("a null string is named, not followed");
}

static void test_characters(void) {
    SAME("%c", 'x');
    SAME("%4c", 'x');
    SAME("%-4c|", 'x');
    verdict("%c with a width");
    SAME("100%%%s", "");
    SAME("%%d%s", "");
    SAME("%s", "");
    verdict("%% is a percent sign");
}

static void test_stars(void) {
    SAME("%*d", 8, -42);
    SAME("%-*d|", 8, 42);
    SAME("%0*d", 8, -42);
    SAME("%*s", 6, "abc");
    SAME("%*.*s|", 6, 2, "abc");
    SAME("%.*s", 0, "abc");
    verdict("a width and a precision given as *");
    SAME("%*d|", -8, 42);
    SAME("%*s|", -8, "abc");
    verdict("a negative * width means -");
    SAME("%.*s", -1, "abc");
    verdict("a negative * precision means none");
}

static void test_number_precision(void) {
    SAME("%.5d", 42);
    SAME("%.5d", -42);
    SAME("%8.5d", 42);
    SAME("%-8.5d|", 42);
    SAME("%.8x", 0xabcU);
    SAME("%#.8x", 0xabcU);
    SAME("%.16llx", 0xabcULL);
    SAME("%.3d", 123456);
    verdict("a precision is the least number of digits");
    SAME("%08.5d", 42);
    verdict("and then the flag 0 says nothing");
}

static void test_many_arguments(void) {
    SAME("cpu %u: mpidr %#llx %s at %lld.%03u us%c", 3U, 0x80000100ULL, "online", 1234LL, 56U, '!');
    SAME("%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    SAME("%llu %d %llu %d %llu %d %llu", 1ULL << 40, -2, 3ULL, -4, 5ULL, -6, 1ULL << 63);
    verdict("arguments of mixed widths, in registers and on the stack");
}

static void test_buffer(void) {
    char buf[8];
    size_t n;

    memset(buf, 'x', sizeof(buf));
    n = print_s(buf, 5, "%s", "muster");
    ok(n == 6 && !strcmp(buf, "must") && buf[5] == 'x',
       "a short buffer takes what fits, ended by a 0; the result is the full length");
    memset(buf, 'x', sizeof(buf));
    n = print_s(buf, 6, "muster");
    ok(n == 6 && !strcmp(buf, "muste"), "a buffer one byte short loses one character");
    n = print_s(buf, 7, "muster");
    ok(n == 6 && !strcmp(buf, "muster"), "a buffer that fits loses none");
    memset(buf, 'x', sizeof(buf));
    n = print_s(buf, 1, "muster");
    ok(n == 6 && buf[0] == 0 && buf[1] == 'x', "a buffer of one byte is an empty string");
    n = print_s(NULL, 0, "%d", 12345);
    ok(n == 5, "with no buffer only the length is counted");
    n = print_s(buf, sizeof(buf), "ab%");
    ok(n == 2 && !strcmp(buf, "ab"), "a lone percent sign at the end is dropped");
}

int main(void) {
    test_integers();
    test_long_integers();
    test_alternative_form();
    test_pointers();
    test_strings();
    test_characters();
    test_stars();
    test_number_precision();
    test_many_arguments();
    test_buffer();
    return tap_done();
}
