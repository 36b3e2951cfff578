/*
 * A server of libmodbus with the contents of reference.ts: `libmodbus-server tcp PORT` or `libmodbus-server rtu PATH`.
 * Prints "ready" when it listens; serves one connection after the other until it is killed.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BITS 2100
#define REGISTERS 300
#define UNIT 7

static modbus_mapping_t *contents(void)
{
    modbus_mapping_t *map = modbus_mapping_new(BITS, BITS, REGISTERS, REGISTERS);
    if (map == NULL) exit(1);
    for (int i = 0; i < BITS; i++) {
        map->tab_bits[i] = (i * i + i / 3) % 5 < 2;
        map->tab_input_bits[i] = i % 3 == 0;
    }
    for (int i = 0; i < REGISTERS; i++) {
        map->tab_registers[i] = (i * 257 + 11) & 0xffff;
        map->tab_input_registers[i] = (i * 409 + 7) & 0xffff;
    }
    return map;
}

static void serve(modbus_t *context, modbus_mapping_t *map, int lasting)
{
    uint8_t request[MODBUS_MAX_ADU_LENGTH];
    for (;;) {
        int length = modbus_receive(context, request);
        if (length > 0) modbus_reply(context, request, length, map);
        else if (length < 0 && !lasting) return;
    }
}

int main(int count, char **argument)
{
    if (count != 3) return 2;
    modbus_mapping_t *map = contents();
    if (strcmp(argument[1], "rtu") == 0) {
        modbus_t *line = modbus_new_rtu(argument[2], 115200, 'N', 8, 1);
        if (line == NULL || modbus_set_slave(line, UNIT) != 0 || modbus_connect(line) != 0) {
            fprintf(stderr, "%s\n", modbus_strerror(errno));
            return 1;
        }
        puts("ready");
        fflush(stdout);
        serve(line, map, 1);
    }
    modbus_t *context = modbus_new_tcp("127.0.0.1", atoi(argument[2]));
    int listener = context == NULL ? -1 : modbus_tcp_listen(context, 8);
    if (listener < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (modbus_tcp_accept(context, &listener) < 0) return 1;
        serve(context, map, 0);
        modbus_close(context);
    }
}
