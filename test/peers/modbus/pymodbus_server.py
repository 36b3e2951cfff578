"""A pymodbus server with the contents of reference.ts: pymodbus_server.py tcp|rtu PORT. Prints "ready" when it listens."""

import asyncio
import sys

from pymodbus import FramerType, ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNIT, BITS, REGISTERS = 7, 2100, 300


def device() -> SimDevice:
    """The four tables, each of its own."""
    coils = [(i * i + i // 3) % 5 < 2 for i in range(BITS)]
    discrete = [i % 3 == 0 for i in range(BITS)]
    holding = [(i * 257 + 11) & 0xFFFF for i in range(REGISTERS)]
    inputs = [(i * 409 + 7) & 0xFFFF for i in range(REGISTERS)]
    return SimDevice(
        id=UNIT,
        simdata=(
            [SimData(0, values=coils, datatype=DataType.BITS)],
            [SimData(0, values=discrete, datatype=DataType.BITS)],
            [SimData(0, values=holding, datatype=DataType.REGISTERS)],
            [SimData(0, values=inputs, datatype=DataType.REGISTERS)],
        ),
    )


async def main() -> None:
    """Serve until killed."""
    identity = ModbusDeviceIdentification(
        info_name={
            "VendorName": "Interwork",
            "ProductCode": "REF-1",
            "MajorMinorRevision": "1.2",
            "VendorUrl": "interwork.example",
            "ProductName": "Reference device",
            "ModelName": "REF-1-A",
        }
    )
    framer = FramerType.RTU if sys.argv[1] == "rtu" else FramerType.SOCKET
    server = ModbusTcpServer(
        device(), framer=framer, identity=identity, address=("127.0.0.1", int(sys.argv[2]))
    )
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
