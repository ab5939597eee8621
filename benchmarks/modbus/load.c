/* Load generator for Modbus TCP servers: some connections, one request outstanding on each.
 *
 *     load PORT CONNECTIONS REGISTERS WARMUP_SECONDS SECONDS [any]
 *
 * Reads holding registers from address 0 of unit 1 and checks every octet of every answer: word i must be
 * (257 i + 1) mod 65536, unless any words will do. Prints one line of JSON; "all" counts the warm-up too, the rest does not. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ANSWER = 260, EVENTS = 256 };

struct client {
    int fd;
    uint16_t transaction;
    int got;
    uint64_t sent_at;
    unsigned char answer[MAX_ANSWER];
};

static unsigned char expected[MAX_ANSWER];
static int answer_size, checked_size, registers;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void expect(void) {
    answer_size = 9 + 2 * registers;
    expected[5] = (unsigned char)(3 + 2 * registers);
    expected[6] = 1;
    expected[7] = 3;
    expected[8] = (unsigned char)(2 * registers);
    for (int i = 0; i < registers; i++) {
        unsigned word = (257u * (unsigned)i + 1) & 0xffff;
        expected[9 + 2 * i] = (unsigned char)(word >> 8);
        expected[10 + 2 * i] = (unsigned char)word;
    }
}

static void dial(struct client *c, int port, int poll_fd) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &e)) fail("epoll_ctl");
}

static void ask(struct client *c) {
    c->transaction++;
    c->got = 0;
    unsigned char request[12] = {(unsigned char)(c->transaction >> 8), (unsigned char)c->transaction, 0, 0, 0, 6, 1, 3,
                                 0, 0, 0, (unsigned char)registers};
    c->sent_at = now_ns();
    if (send(c->fd, request, sizeof request, MSG_NOSIGNAL) != sizeof request) fail("send");
}

/* 1 when the answer is whole and right, 0 when more of it must come, -1 when it is wrong. */
static int listen_to(struct client *c) {
    ssize_t n = recv(c->fd, c->answer + c->got, (size_t)(MAX_ANSWER - c->got), 0);
    if (n <= 0) fail("recv");
    c->got += (int)n;
    if (c->got < answer_size) return 0;
    expected[0] = (unsigned char)(c->transaction >> 8);
    expected[1] = (unsigned char)c->transaction;
    return c->got == answer_size && !memcmp(c->answer, expected, (size_t)checked_size) ? 1 : -1;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 6) return fprintf(stderr, "usage: load PORT CONNECTIONS REGISTERS WARMUP_SECONDS SECONDS [any]\n"), 2;
    int port = atoi(argv[1]), clients = atoi(argv[2]);
    registers = atoi(argv[3]);
    uint64_t warm_ns = (uint64_t)(atof(argv[4]) * 1e9), run_ns = (uint64_t)(atof(argv[5]) * 1e9);
    if (clients < 1 || clients > 10000 || registers < 1 || registers > 125) return 2;
    expect();
    checked_size = argc > 6 ? 9 : answer_size;
    size_t room = 1 << 20, done = 0;
    uint32_t *took = malloc(room * sizeof *took);
    struct client *all = calloc((size_t)clients, sizeof *all);
    int poll_fd = epoll_create1(0);
    for (int i = 0; i < clients; i++) dial(&all[i], port, poll_fd);
    uint64_t begin = now_ns(), measured = begin + warm_ns, end = measured + run_ns, t = begin;
    uint64_t total = 0, wrong = 0;
    for (int i = 0; i < clients; i++) ask(&all[i]);
    while (t < end) {
        struct epoll_event ready[EVENTS];
        int n = epoll_wait(poll_fd, ready, EVENTS, 2000);
        if (n <= 0) return fprintf(stderr, "no answer for 2 s\n"), 1;
        for (int i = 0; i < n; i++) {
            struct client *c = ready[i].data.ptr;
            int right = listen_to(c);
            if (!right) continue;
            t = now_ns();
            wrong += right < 0;
            total++;
            if (t >= measured && t < end) {
                if (done == room && !(took = realloc(took, (room *= 2) * sizeof *took))) fail("realloc");
                took[done++] = (uint32_t)(t - c->sent_at);
            }
            ask(c);
        }
    }
    if (!done) return fprintf(stderr, "nothing was answered\n"), 1;
    qsort(took, done, sizeof *took, by_size);
    printf("{\"all\": %llu, \"per_second\": %.0f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"wrong\": %llu}\n",
           (unsigned long long)total, (double)done * 1e9 / (double)run_ns, took[done / 2] / 1e3,
           took[done * 99 / 100] / 1e3, (unsigned long long)wrong);
    return 0;
}
