/* What the socket layer allows: one epoll loop that answers every 12 octets with ready words, looking at nothing but
 * the transaction id, the unit and the count.
 *
 *     echo PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char words[250];

static void serve(int client) {
    unsigned char request[512], answer[260];
    ssize_t n = recv(client, request, sizeof request, 0);
    if (n <= 0) {
        close(client);
        return;
    }
    if (n != 12 || request[11] > 125) return;
    size_t octets = 2u * request[11];
    memcpy(answer, request, 8);
    answer[4] = 0;
    answer[5] = (unsigned char)(octets + 3);
    answer[8] = (unsigned char)octets;
    memcpy(answer + 9, words, octets);
    send(client, answer, 9 + octets, MSG_NOSIGNAL);
}

int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, poll_fd = epoll_create1(0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i < 125; i++) {
        words[2 * i] = (unsigned char)((257 * i + 1) >> 8);
        words[2 * i + 1] = (unsigned char)(257 * i + 1);
    }
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 256)) return perror("bind"), 1;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, ready[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(poll_fd, ready, 256, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd != listener) {
                serve(ready[i].data.fd);
                continue;
            }
            e.data.fd = accept(listener, NULL, NULL);
            if (e.data.fd < 0) continue;
            setsockopt(e.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            epoll_ctl(poll_fd, EPOLL_CTL_ADD, e.data.fd, &e);
        }
    }
}
