import type { HomeWords } from '../en/home.ts'

function sentence(normal: number, total: number): string {
  const needs = total - normal
  if (needs === 0) return total === 1 ? '设备正常。' : `${total} 台设备全部正常。`
  if (normal === 0) return total === 1 ? '设备需要处理。' : `${total} 台设备都需要处理。`
  return `${total} 台设备中 ${normal} 台正常，${needs} 台需要处理。`
}

/** 总览页的文字。 */
export const words: HomeWords = {
  sentence,
  refusingSentence: '磁盘拒绝写入，当前没有存储任何读数。',
  subtitle: (day) => `${day} · 不是当前值的均有标注`,
  addMachine: '添加设备',
  nothingTitle: '还没有设备。',
  nothingWhy: '本实例尚未接入任何设备。',
  nothingDemo: '按地址添加设备：未经允许，Interwork 只读不写。也可以先看演示磨坊，本机上有十二台设备：',
  readByProgram: '也可由程序送入读数，见接口文档。',

  glance: '全厂概况',
  answering: '有应答的设备',
  of: (total) => `/ ${total}`,
  allAnswer: '全部有应答',
  doNotAnswer: (count) => `${count} 台无应答`,
  valuesPerSecond: '存储速率',
  tags: (count) => `共 ${count} 个测点`,
  storedWithin: '落盘用时',
  storedNote: '99 % 的批次',
  lineErrors: '通信错误',
  ofRequests: (errors, requests) => `${requests} 次请求中 ${errors} 次`,
  diskFree: '磁盘可用',
  diskRefuses: '磁盘拒绝写入',
  diskUsed: (size) => `读数占用 ${size}`,

  needsYou: '需要处理',
  storage: '存储',
  refusalRemedy: '清理磁盘空间，存储会自动恢复。',
  showMore: (count) => `再显示 ${count} 项`,
  andMore: (count) => `另有 ${count} 项。`,
  look: '查看',
  lookAt: (title) => `查看${title}`,

  machines: '设备',
  showAll: '显示全部',
  noArea: '未分区',

  whatNext: '下一步',
  stepSee: '看到设备实时数据',
  stepAdd: '添加自己的设备',
  stepRead: '用程序读取数值',
  stepWall: '把本页放到大屏上',
  done: '（已完成）',

  lastEvents: '最近事件',
  noEvents: '还没有事件。',
  events: {
    'connection.lost': (name) => `${name}失去应答`,
    'connection.restored': (name, { span }) => `${name}恢复应答，中断 ${span}`,
    'command.done': (name, { who, property, value }) => `${who} 将${name}的${property}设为 ${value}，回读一致`,
    'command.failed': (name, { who, property, value, outcome }) =>
      `${who} 向${name}的${property}写入 ${value}，${outcome === 'unknown' ? '是否生效未知' : '失败'}`,
    'thing.added': (name) => `已添加${name}`,
    'thing.removed': (name) => `已移除${name}，读数仍保留`,
    'instance.started': () => 'Interwork 已启动',
    'storage.refusing': () => '磁盘拒绝写入，停止存储',
    'storage.accepting': () => '存储已恢复',
  },
  otherEvent: (name) => name,

  foot: (machines, values) => `共 ${machines} 台设备，${values} 个值`,
  oldest: (age) => `当前值中最旧的为 ${age}`,
  asJson: '以 JSON 取走',

  kept: '本机留存',
  running: '启动时间',
  readings: '启动后的读数',
  onDisk: '磁盘占用',
  journalAndParts: (journal, parts) => `日志 ${journal}，分段 ${parts}`,
  recovered: '启动时找回',
  recovery: (rows, torn) => (torn === '0 B' ? `${rows} 个读数` : `${rows} 个读数，截去残尾 ${torn}`),
  setAside: '搁置的损坏文件',
  memory: '内存',
  version: (version, node) => `Interwork ${version}，Node ${node}`,

  addTitle: '要添加哪台设备？',
  addText: '使用 Modbus TCP 的设备。属性开放写入之前，Interwork 只读不写。',
  host: '主机',
  hostHint: '网络上的名称或地址',
  port: '端口',
  unit: '站号',
  unitHint: '0–255，多为 1',
  profile: '设备模板',
  profileHint: '说明各寄存器的含义',
  noProfiles: '没有 Modbus 设备模板。用 interwork add --property 自行给出寄存器。',
  profileOption: (title, maker, count) => `${title} · ${maker} · ${count} 个属性`,
  name: '名称',
  nameHint: '现场的叫法',
  identifier: '标识',
  identifierHint: '用于地址和文件，之后不可更改',
  area: '区域',
  areaHint: (areas) => `例如 ${areas}`,
  add: '添加设备',
  cancel: '取消',
  notAdded: '设备未添加',
  wrong: {
    missing: '此项必填。',
    host: '只填名称或地址，不含空格和斜杠。',
    port: '1–65535 的整数。',
    unit: '0–255 的整数。',
    id: '以字母或数字开头，其后可用字母、数字和 _ . : ~ = , @ -',
  },
}
