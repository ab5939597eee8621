/* Reads, writes, masks and swaps registers with libmodbus as it comes: unit id 255, default time limits.
 *
 *     libmodbus_client PORT */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    uint16_t words[50], two[2] = {0x0001, 0x86a0};
    modbus_t *server = modbus_new_tcp("127.0.0.1", atoi(argc > 1 ? argv[1] : "0"));
    check(!modbus_connect(server), "connect");
    check(modbus_read_registers(server, 0, 50, words) == 50 && words[0] == 0x1000 && words[49] == 0x1031, "read");
    check(modbus_read_input_registers(server, 10, 2, words) == 2 && words[1] == 0x100b, "read input");
    check(modbus_write_register(server, 44, 0x4711) == 1, "write one");
    check(modbus_write_registers(server, 48, 2, two) == 2, "write two");
    check(modbus_mask_write_register(server, 45, 0xff00, 0x0012) == 1, "mask write");
    check(modbus_write_and_read_registers(server, 46, 1, two, 44, 6, words) == 6, "write and read");
    check(words[0] == 0x4711 && words[1] == 0x1012 && words[2] == 1 && words[4] == 1 && words[5] == 0x86a0, "words");
    check(modbus_read_registers(server, 49, 2, words) == -1 && errno == EMBXILADD, "read past the end");
    check(modbus_write_register(server, 0, 1) == -1 && errno == EMBXILADD, "write what is read-only");
    check(modbus_read_bits(server, 0, 8, (uint8_t *)words) == -1 && errno == EMBXILFUN, "read coils");
    modbus_set_slave(server, 9);
    check(modbus_read_registers(server, 0, 1, words) == -1 && errno == EMBXGTAR, "other unit");
    modbus_close(server);
    modbus_free(server);
    puts("ok");
    return 0;
}
