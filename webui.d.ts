// The types of the page's JavaScript (webui/): what the gateway sends, as far as the page uses it, and what the page's
// parts give one another. Only read by tsc; nothing here is served.

// What the gateway sends: GET /live and each event

interface LiveData {
  version: string;
  uptime_s: number;
  time: string;
  meters: MeterData[];
  modbus?: { port?: number };
  listeners?: ListenerData[];
  outputs?: OutputData[];
  trial?: ReachTrialData | null;
  taken_back?: TakenBackData | null;
  settings_file?: string | null;
}

/** An upgrade that was taken back by itself: which version failed, which one runs in its place, since when, and why. */
interface TakenBackData {
  failed: string;
  runs: string;
  since: string;
  fault: FaultData;
}

/** Where something is reached, and what is the matter with that. */
interface ListenerData {
  what: string;
  state: string;
  wanted: string;
  places: string[];
  fault: FaultData | null;
}

/** Whom the gateway feeds besides Modbus clients and the page, and what is the matter with that. */
interface OutputData {
  name: string;
  state: string;
  where: string;
  fault: FaultData | null;
}

/** A change of where, or by whom, the gateway is reached, which waits to be confirmed. */
interface ReachTrialData {
  settings: string[];
  confirm_within_s: number;
  remaining_s: number;
}

interface ReachPendingData extends ReachTrialData {
  token: string;
  places: string[];
}

interface MeterData {
  unit: number;
  name: string;
  simulated: boolean;
  stale: boolean;
  /** Seconds since the last telegram; null when none has come yet. */
  age_s: number | null;
  when_stale: string;
  maker: string | null;
  meter_id: string | null;
  meter_type: string | null;
  list: string | null;
  list_version: string | null;
  meter_time: string | null;
  /** Thousandths. */
  scaling_factor: number;
  readings: number;
  problems: Record<string, number>;
  last_problem: { kind: string; cause: string; detail: string } | null;
  diagnosis: { code: string; values: Values; what: string; advice: string };
  warnings: WarningData[];
  discontinuities: DiscontinuityData[];
  line: LineData;
  registers: RegisterData[];
  net_power: { w: number | null; age_s: number | null; stale: boolean };
  phases: PhaseLoadData[];
  /** Null while it is not set. */
  main_fuse_a: number | null;
  hour: HourData;
  /** As the meter sent them, by OBIS code C.D.E. */
  values: Record<string, { value: number; unit: string; age_s: number; stale: boolean }>;
  /** Whose registers the unit id has in place of these. */
  imitates: string;
  /** By OBIS code C.D.E. */
  estimates: Record<string, EstimateData>;
}

/** One phase; what is not known is null. The current has no sign: `direction` is there where it is known. */
interface PhaseLoadData {
  phase: string;
  voltage_v: number | null;
  current_a: number | null;
  power_w: number | null;
  direction: string | null;
  load_percent: number | null;
  age_s: number | null;
  stale: boolean;
}

/** The clock hour so far, and the highest hours of the month, unscaled; times by the clock of the place. */
interface HourData {
  begin: string | null;
  import_wh: number | null;
  expected_wh: number | null;
  highest: { begin: string; wh: number }[];
  mean_of_highest_wh: number | null;
}

interface LineData {
  port: string;
  state: string;
  settings: string;
  detail: string;
  code: string;
  values: Values;
  octets?: number;
  /** The mean of the last minute; null while too little is known. */
  octets_per_s?: number | null;
  octet_age_s?: number | null;
}

/** A setting that the readings contradict. */
interface WarningData {
  code: string;
  setting: string;
  value: number;
  mended: number;
  factor: number;
  what: string;
}

/** A step of an energy that the meter did not count; `at` in s since 1970. */
interface DiscontinuityData extends Reason {
  at: number;
  quantity: string;
  reason: string;
}

/** A value as text; `age` in s, null when no telegram has brought it. */
interface Told {
  text: string;
  stale: boolean;
  age: number | null;
}

interface RegisterData {
  number: number;
  last: number;
  address: number;
  name: string;
  unit: string;
  value: number;
  known: boolean;
  measured: boolean;
  writable: boolean;
  /** Seconds since the telegram that brought the value; null when none did, or nothing is measured. */
  age_s: number | null;
  /** Too old to be current. */
  stale: boolean;
  words: number[];
}

/** A register of any layout as a client reads it; the value is null where words say that it is not known. */
interface ServedRegisterData extends Omit<RegisterData, "value"> {
  value: number | string | null;
  /** The value in its unit; null for what is none, or not known. */
  quantity: number | null;
  quantity_unit: string;
  decimals: number;
  /** How it stands with the meter: current, stale, awaited or unknown. */
  state: string;
  /** Clients get exception code 0x0B. */
  refused: boolean;
}

/** Registers that follow one another, by the name of their layout. */
interface RegisterBlockData {
  name: string;
  first: number;
  end: number;
  rows: ServedRegisterData[];
}

interface ServedBlockData {
  name: string;
  first: number;
  end: number;
  own: boolean;
}

/** What a unit id serves, of the meter with the unit id `meter`; `on` is its own place, "" for where Modbus is. */
interface ServedUnitData {
  unit: number;
  on: string;
  meter: number;
  maps: string[];
  blocks: ServedBlockData[];
}

interface EstimateData {
  wh: number;
  bar_wh: number;
  age_s: number | null;
  stale: boolean;
  flags: string[];
}

/** A point is a time in s since 1970, then the power in W that was imported and exported; null where none is known. */
interface HistoryData {
  step_s: number;
  points: [number, number | null, number | null][];
}

// What else it sends

interface SessionData {
  password_set: boolean;
  logged_in: boolean;
  live_open: boolean;
  /** What the gateway is called. */
  name: string;
  csrf: string | null;
  language: string;
  languages: string[];
  version: string;
  /** What the first visit needs: done, open, code. */
  setup: string;
  setup_open_s: number | null;
  locked: boolean;
  reset_button: boolean;
  reset_address: string;
  https: { port: number; fingerprint: string; self_made: boolean } | null;
}

interface Reason {
  code: string;
  values?: Values;
}

interface ErrorData {
  code?: string;
  message?: string;
  fields?: Record<string, string>;
  codes?: Record<string, Reason>;
  values?: Values;
  serials?: string[];
}

interface LogData {
  time: string;
  level: string;
  message: string;
  /** The same for all of one run of the program. */
  run: string;
}

interface RecordedChange {
  time: string;
  actor: string;
  name: string;
  address: string;
  action: string;
  what: string;
  before: string | number | boolean | null;
  after: string | number | boolean | null;
  /** More than 1 for a sum of changes that repeated. */
  times: number;
}

interface TelegramData {
  time: number;
  hex: string;
  outcome: string;
  parts: { kind: string; hex: string }[];
  readings: ReadingData[];
  problems: { kind: string; cause: string; values: Values; detail: string }[];
}

/** What a telegram said; values by their OBIS groups C.D.E. */
interface ReadingData {
  list: string;
  encrypted: boolean;
  meter_id: string | null;
  meter_type: string | null;
  list_version: string | null;
  meter_time: string | null;
  values: { obis: string; value: number; unit: string }[];
}

/** The recording of a line: none, running or ended, and why. Times in s, sizes in octets. */
interface CaptureData {
  state: string;
  ending: string | null;
  unit: number | null;
  begun: number | null;
  lasted_s: number;
  within_s: number;
  octets: number;
  size: number;
  most: number;
}

/** What is remembered of one meter; times in s since 1970, null for nothing. One that was removed has no unit id. */
interface RememberedMeterData {
  series: number;
  unit: number | null;
  name: string;
  meter_id: string | null;
  since: number | null;
  until: number | null;
}

/** GET /history/state */
interface HistoryStateData {
  enabled: boolean;
  fault: FaultData | null;
  octets: number;
  written_at: number | null;
  /** Of the place where the meters are, by its IANA name; "" for Central Europe. */
  zone: string;
  meters: RememberedMeterData[];
}

/** What the section of the history gives to each of its parts. */
interface HistoryPart {
  element: HTMLElement;
  fill?: (told: HistoryStateData, place: Place) => void;
}

interface TokenData {
  id: string;
  name: string;
  scope: string;
  created: number;
  used: number | null;
}

/** A browser that is logged in; times in s since 1970. */
interface OpenSessionData {
  id: string;
  address: string;
  began: number;
  used: number;
  /** Whether it is this one. */
  own: boolean;
}

interface ModbusServerData {
  addresses: string[];
  exceptions: Record<string, number>;
  connections: ClientData[];
  recent: RequestData[];
  [counter: string]: unknown;
}

interface ModbusData extends ModbusServerData {
  tls: ModbusServerData | null;
  maps: ModbusServerData[];
}

interface ClientData {
  client: string;
  connected_s: number;
  idle_s: number;
  requests: number;
  framing: string | null;
}

interface RequestData {
  time: number;
  client: string;
  unit: number;
  function: number;
  address: number | null;
  count: number;
  written: { address: number; count: number; words: number[] } | null;
  exception: number;
  /** Microseconds. */
  took_us: number;
}

/** A row of the table of settings. */
interface SettingRow {
  section: string;
  key: string;
  type: string;
  meaning: string;
  allowed: string;
  secret: boolean;
  /** Few people ever need it. */
  rare?: boolean;
  default: SettingValue;
  minimum?: number;
  maximum?: number;
  choices?: (string | number)[];
  suggestions?: { value: string; has: string; claims: string }[];
}

interface SettingsData {
  table: SettingRow[];
  values: Record<string, SettingValue>;
  overridden: Record<string, SettingValue>;
  report: SettingsReport | null;
}

/** What is wrong with the settings file. */
interface SettingsReport {
  outcome: string;
  text: string;
  problems: ReportedProblem[];
  aside: string;
}

interface ReportedProblem extends FaultData {
  path: string;
  line: number | null;
}

// eslint would rather have a union, but what a value may be depends on its row.
type SettingValue = any;
type SettingPath = (string | number)[];
type SettingChange = { path: SettingPath; value: SettingValue };
type MeterSettings = Record<string, SettingValue> & { unit: number; name?: string };

interface PortData {
  path: string;
  device: string;
  description: string;
}

interface FaultData extends Reason {
  message: string;
}

interface NetworkData {
  available: boolean;
  reason: string;
  fault: FaultData | null;
  hostname: string;
  interfaces: InterfaceData[];
  pending: PendingData | null;
  last: LastChangeData | null;
}

interface InterfaceData {
  name: string;
  kind: string;
  mac: string;
  link: boolean;
  addresses: string[];
  ipv6: string[];
  gateway: string | null;
  dns: string[];
  settings: AddressSettings | null;
  fault: FaultData | null;
}

interface AddressSettings {
  method: string;
  address?: string;
  prefix?: string;
  gateway?: string;
  dns?: string | string[];
}

interface PendingData {
  token: string;
  state: string;
  addresses: string[];
  confirm_within_s: number;
  remaining_s?: number;
}

interface LastChangeData {
  token: string;
  ending: string;
  errors?: Record<string, FaultData>;
}

// What the gateway says of its API: OpenAPI 3.1, as far as it uses that

interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, ApiSchema> };
}

interface ApiOperation {
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: ApiSchema }[];
  requestBody?: { content: ApiContent };
  responses: Record<string, { content?: ApiContent }>;
}

type ApiContent = Record<string, { schema: ApiSchema }>;

/** JSON Schema, as far as it uses that. */
interface ApiSchema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  anyOf?: ApiSchema[];
  items?: ApiSchema;
  prefixItems?: ApiSchema[];
  contentSchema?: ApiSchema;
  properties?: Record<string, ApiSchema>;
  additionalProperties?: ApiSchema | boolean;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

// What the page's parts give one another

/** Put into the words of the page where they have {name}. */
type Values = Record<string, unknown>;

type Child = Node | string | null | undefined;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: any) => void)>;
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A part of a form: where it stands, what to focus, how to say that it is wrong, and what it holds. */
interface Field<Value = string, Focus extends HTMLElement = HTMLElement> {
  element: HTMLElement;
  control: Focus;
  value(): Value;
  /** What the gateway has, where the field does not begin with that. */
  stored?: SettingValue;
  /** What is wrong, "" for nothing. */
  setError(text: string): void;
  /** What it can tell of itself to be wrong before it is sent, "" for nothing. */
  fault?(): string;
  /** This is stored now, and what the next change is measured by. */
  kept?(value: SettingValue): void;
}

interface FieldOptions {
  help?: string;
  extra?: HTMLElement | null;
}

/** What a form is made of; see forms.js. */
interface FormParts {
  parts: (Field<any> | Node)[];
  /** By the name under which the gateway refuses them. */
  fields?: Record<string, Field<any>>;
  submit: string;
  /** Does the work and returns what to say of it. */
  send: () => Promise<string | void>;
  className?: string;
  refused?: string;
}

/** Tells screen readers. */
type Announce = (text: string) => void;

interface ViewTools {
  announce: Announce;
  sessionChanged: () => Promise<void>;
}

/** Where a table of registers stands. */
interface TablePlace {
  block: ServedBlockData;
  caption: string;
  link: (register: ServedRegisterData) => string;
}

/** A part of the page that follows the live data. */
interface View {
  element: HTMLElement;
  update?(data: LiveData): void;
  /** No data come any more. */
  lose?(): void;
  close?(): void;
  /** Show another place of it, by what stands in the address after the name and a /. */
  go?(place: string): void;
}

interface ViewModule {
  open(tools: ViewTools): View;
}

/** What a step of setting up gets: the meter's unit id (null for the first one), and the ways on. */
interface StepTools extends ViewTools {
  unit: number | null;
  goOn: () => void;
  /** What the step is for is done. */
  done: () => void;
}

interface StepModule {
  open(tools: StepTools): View;
}

/** The words of one language. */
interface Speech {
  language: string;
  locale: string;
  say: (key: string, values?: Values) => string;
  label: (group: string, name: string) => string;
}

/** What the form of an interface needs: what was typed and did not come into force, and whom to tell of a change. */
interface Applying {
  draft: AddressSettings | null;
  onApplied: (change: PendingData) => void;
}

/** The banner of a change that is on trial. */
interface TrialBanner {
  update: (trial: ReachTrialData | null) => void;
}

interface ShellActions {
  logIn: () => void;
  logOut: () => void;
}

/** What the sections of all meters' settings have in common. */
interface MeterContext {
  rows: SettingRow[];
  meters: MeterSettings[];
  context: FieldContext;
  reload: Reload;
}

/** `taken` are the ports that meters have. */
type FieldContext = { ports: PortData[]; overridden: Record<string, SettingValue>; taken?: string[] };

/** A form of settings; see settings/section.js. */
interface SettingsForm {
  rows: SettingRow[];
  values: Record<string, SettingValue>;
  path: SettingPath;
  context: FieldContext;
  isNew?: boolean;
  onSaved?: (answer: unknown, changes: SettingChange[]) => void;
}

/** Builds the view again and says why. */
type Reload = (text: string) => Promise<string>;

// Plots

interface Colours {
  soft: string;
  edge: string;
  accent: string;
  fill: string;
  export: string;
  exportFill: string;
}

/** A signed power in W at moments in s since 1970, null where it is not known, and the range that is shown. */
/** Times in s since 1970, powers in W. */
interface Minutes {
  times: number[];
  powers: (number | null)[];
  /** Between what each power lay, where that is known. */
  lowest?: (number | null)[];
  highest?: (number | null)[];
}

interface CurveShown extends Minutes {
  from: number;
  to: number;
  /** By how many seconds the clock that is shown is ahead of UTC. */
  ahead: number;
  clock: (at: number) => string;
}

// The energy page

type PeriodKind = "day" | "week" | "month" | "year" | "all";

/** `first` is its first day, like 2026-03-01; "" for all years. */
interface Period {
  kind: PeriodKind;
  first: string;
}

/** The clock of a place; moments are in s since 1970, days like 2026-03-01. */
interface Place {
  timeZone: string;
  dayOf(at: number): string;
  hourOf(at: number): number;
  beginOf(day: string, hour?: number): number;
}

/** A step of a period: its first day, and its begin and end in s since 1970. */
interface Step {
  day: string;
  begin: number;
  end: number;
}

/** GET /history with a resolution; see the gateway's own description of the columns. */
interface RememberedData {
  unit: number;
  resolution: string;
  step_s: number;
  zone: string;
  columns: string[];
  points: (number | string | null)[][];
}

/** How an energy is known: of longer steps than hours, estimated is said where any hour is no difference of totals. */
type Known = "meter" | "estimated" | "spread" | "incomplete" | "unknown";

/** Energies in Wh, null where none is known; `hours` are those that are over. */
interface EnergyRow extends Step {
  imported: number | null;
  exported: number | null;
  importKnown: Known;
  exportKnown: Known;
  hours: number;
  hoursKnown: number;
  highest: number | null;
  highestAt: number | null;
}

/** What bars show: the rows of a period of this kind. */
interface BarsShown {
  rows: EnergyRow[];
  kind: PeriodKind;
  place: Place;
  decimals: number;
}

/** What the energy page has chosen. */
interface Chosen {
  unit: number;
  /** There is no other meter. */
  alone: boolean;
  period: Period;
  /** The first day of which anything is known, null for none; and today. */
  since: string | null;
  now: string;
}

interface Shown {
  unit: number;
  alone: boolean;
  period: Period;
  place: Place;
  /** In s since 1970, by the gateway's clock. */
  now: number;
  tariff: TariffData | null;
}

interface Totals {
  imported: number | null;
  exported: number | null;
  net: number | null;
  hours: number;
  hoursKnown: number;
}

/** What the period before came to: in a first part of the same length, null when this one is over; and as a whole. */
interface Before {
  soFar: Totals | null;
  whole: Totals;
}

/** GET /tariff: prices as they were typed, in the currency; null for those that were not. */
interface TariffData {
  currency: string;
  steps: { below_kw: number; price: number }[];
  day_price: number | null;
  night_price: number | null;
  day_begins: number;
  day_ends: number;
  weekend_night: boolean;
}

interface PricedHour {
  begin: number;
  import_wh: number | null;
}

interface HighestHourData {
  begin: string;
  wh: number;
  by: string;
}

/** GET /history/capacity */
interface CapacityMonthData {
  month: string;
  highest: HighestHourData[];
  mean_wh: number | null;
  hours: number;
  hours_known: number;
}

/** GET /history/voltage */
interface VoltageWeekData {
  begin: string;
  phases: VoltagePhaseData[];
}

interface VoltagePhaseData {
  phase: number;
  lowest_v: number;
  lowest_at: string;
  highest_v: number;
  highest_at: string;
  minutes: number;
  minutes_low: number;
  minutes_high: number;
}
