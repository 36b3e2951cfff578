"""A pymodbus client: pymodbus_client.py tcp|rtu PORT UNIT; requests and answers line by line, as be-asked.ts has it."""

import sys

from pymodbus import FramerType
from pymodbus.client import ModbusTcpClient


def objects_of(information: dict[int, bytes]) -> list[int]:
    """Objects of function 43/14 one after the other: id, length, bytes."""
    found: list[int] = []
    for key, text in information.items():
        found += [int(key), len(text), *text]
    return found


def ask(client: ModbusTcpClient, unit: int, code: int, address: int, count: int, values: list[int]):
    """Put one request; return the answer and how its values are read."""
    at = {"address": address, "device_id": unit}
    match code:
        case 1:
            return client.read_coils(address, count=count, device_id=unit), lambda r: [int(b) for b in r.bits[:count]]
        case 2:
            return client.read_discrete_inputs(address, count=count, device_id=unit), lambda r: [int(b) for b in r.bits[:count]]
        case 3:
            return client.read_holding_registers(address, count=count, device_id=unit), lambda r: r.registers
        case 4:
            return client.read_input_registers(address, count=count, device_id=unit), lambda r: r.registers
        case 5:
            return client.write_coil(address, bool(values[0]), device_id=unit), lambda r: []
        case 6:
            return client.write_register(address, values[0], device_id=unit), lambda r: []
        case 15:
            return client.write_coils(address, [bool(v) for v in values], device_id=unit), lambda r: []
        case 16:
            return client.write_registers(address, values, device_id=unit), lambda r: []
        case 17:
            return client.report_device_id(device_id=unit), lambda r: [*r.identifier, 0xFF if r.status else 0]
        case 22:
            return client.mask_write_register(**at, and_mask=values[0], or_mask=values[1]), lambda r: []
        case 23:
            return (
                client.readwrite_registers(read_address=0, read_count=count, write_address=address, values=values, device_id=unit),
                lambda r: r.registers,
            )
        case 43:
            return client.read_device_information(read_code=count, object_id=address, device_id=unit), lambda r: objects_of(r.information)
    raise ValueError(f"function {code}")


def main() -> None:
    """Answer each line of the input."""
    framer = FramerType.RTU if sys.argv[1] == "rtu" else FramerType.SOCKET
    client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[2]), framer=framer, timeout=2, retries=0)
    if not client.connect():
        sys.exit("no connection")
    unit = int(sys.argv[3])
    for line in sys.stdin:
        code, address, count, *values = [int(word) for word in line.split()]
        try:
            answer, read = ask(client, unit, code, address, count, values)
            if answer.isError():
                print(f"exception {answer.exception_code}", flush=True)
            else:
                print(" ".join(["ok", *[str(value) for value in read(answer)]]), flush=True)
        except Exception as error:  # what it could not decode is the finding, not the end
            print(f"error {error!r}", flush=True)
    client.close()


main()
