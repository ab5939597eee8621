/* A server as libmodbus' documentation builds it for many clients: select, modbus_receive, modbus_reply.
 *
 *     libmodbus PORT */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

int main(int argc, char **argv) {
    modbus_t *server = modbus_new_tcp("127.0.0.1", atoi(argc > 1 ? argv[1] : "0"));
    modbus_mapping_t *map = modbus_mapping_new(0, 0, 125, 0);
    for (unsigned i = 0; i < 125; i++) map->tab_registers[i] = (uint16_t)(257 * i + 1);
    int listener = modbus_tcp_listen(server, 256);
    if (listener < 0) return perror("listen"), 1;
    fd_set known;
    FD_ZERO(&known);
    FD_SET(listener, &known);
    for (int most = listener;;) {
        fd_set ready = known;
        if (select(most + 1, &ready, NULL, NULL, NULL) < 0) return perror("select"), 1;
        for (int fd = 0; fd <= most; fd++) {
            if (!FD_ISSET(fd, &ready)) continue;
            if (fd == listener) {
                int from = listener, client = modbus_tcp_accept(server, &from);
                if (client < 0) continue;
                FD_SET(client, &known);
                if (client > most) most = client;
                continue;
            }
            uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
            modbus_set_socket(server, fd);
            int size = modbus_receive(server, request);
            if (size > 0) {
                modbus_reply(server, request, size, map);
            } else if (size < 0) {
                close(fd);
                FD_CLR(fd, &known);
            }
        }
    }
}
