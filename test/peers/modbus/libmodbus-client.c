/*
 * A client of libmodbus: `libmodbus-client tcp PORT UNIT` or `libmodbus-client rtu PATH UNIT`. Each line of its input is
 * one request `FUNCTION ADDRESS COUNT [VALUE…]`; it prints what came back, `ok VALUE…`, `exception CODE` or `error MESSAGE`.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bits[2100];
static uint16_t registers[200];
static uint8_t bytes[300];
static int values[2100];

static void say_bits(int count)
{
    printf("ok");
    for (int i = 0; i < count; i++) printf(" %d", bits[i]);
}

static void say_registers(int count)
{
    printf("ok");
    for (int i = 0; i < count; i++) printf(" %d", registers[i]);
}

static int ask(modbus_t *context, int function, int address, int count, int given)
{
    int result = -1;
    for (int i = 0; i < given && i < 2000; i++) bits[i] = (uint8_t)values[i];
    for (int i = 0; i < given && i < 200; i++) registers[i] = (uint16_t)values[i];
    switch (function) {
    case 1: if ((result = modbus_read_bits(context, address, count, bits)) >= 0) say_bits(result); break;
    case 2: if ((result = modbus_read_input_bits(context, address, count, bits)) >= 0) say_bits(result); break;
    case 3: if ((result = modbus_read_registers(context, address, count, registers)) >= 0) say_registers(result); break;
    case 4: if ((result = modbus_read_input_registers(context, address, count, registers)) >= 0) say_registers(result); break;
    case 5: if ((result = modbus_write_bit(context, address, values[0])) >= 0) printf("ok"); break;
    case 6: if ((result = modbus_write_register(context, address, (uint16_t)values[0])) >= 0) printf("ok"); break;
    case 15: if ((result = modbus_write_bits(context, address, given, bits)) >= 0) printf("ok"); break;
    case 16: if ((result = modbus_write_registers(context, address, given, registers)) >= 0) printf("ok"); break;
    case 17:
        if ((result = modbus_report_slave_id(context, sizeof bytes, bytes)) < 0) break;
        printf("ok");
        for (int i = 0; i < result; i++) printf(" %d", bytes[i]);
        break;
    case 22: if ((result = modbus_mask_write_register(context, address, (uint16_t)values[0], (uint16_t)values[1])) >= 0) printf("ok"); break;
    case 23:
        /* Writes at the address, reads `count` registers from 0 on. */
        result = modbus_write_and_read_registers(context, address, given, registers, 0, count, registers);
        if (result >= 0) say_registers(result);
        break;
    }
    return result;
}

int main(int count, char **argument)
{
    if (count != 4) return 2;
    int rtu = strcmp(argument[1], "rtu") == 0;
    modbus_t *context = rtu ? modbus_new_rtu(argument[2], 115200, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argument[2]));
    if (context == NULL || modbus_set_slave(context, atoi(argument[3])) != 0 || modbus_connect(context) != 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    modbus_set_response_timeout(context, 2, 0);
    static char line[20000];
    while (fgets(line, sizeof line, stdin) != NULL) {
        int number[3] = {0, 0, 0}, given = 0, at = 0;
        for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n"), at++) {
            if (at < 3) number[at] = atoi(word);
            else if (given < 2000) values[given++] = atoi(word);
        }
        if (ask(context, number[0], number[1], number[2], given) < 0) {
            int code = errno - MODBUS_ENOBASE;
            if (code > 0 && code < MODBUS_EXCEPTION_MAX) printf("exception %d", code);
            else printf("error %s", modbus_strerror(errno));
        }
        printf("\n");
        fflush(stdout);
    }
    modbus_close(context);
    modbus_free(context);
    return 0;
}
