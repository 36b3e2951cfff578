/** What columns are called in the files we have met. */
export const columnWords = {
  time: /^(?:time|timestamp|date[ _/]?time|zeit|zeitpunkt|zeitstempel|datum[ _/]?(?:uhr)?zeit|ts|_time|utc|时间|时间戳|采集时间|日期时间)$/i,
  date: /^(?:date|datum|day|tag|日期)$/i,
  clock: /^(?:time|zeit|uhrzeit|clock|时刻|时间)$/i,
  thing: /^(?:thing|device|device[ _]?(?:id|name)|machine|asset|equipment|gerät|maschine|anlage|设备|设备编号|机器)$/i,
  property:
    /^(?:property|tag|tag[ _]?name|name|signal|variable|point|measurement|metric|parameter|sensor|messgröße|messstelle|变量|参数|测点|点位|属性)$/i,
  value: /^(?:value|val|wert|messwert|reading|_value|值|数值)$/i,
  quality: /^(?:quality|qualität|qual|status|q|质量|品质)$/i,
  unit: /^(?:unit|units|uom|einheit|单位)$/i,
} as const
