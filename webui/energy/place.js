// The clock of the gateway's place: what day and hour it is there, and when they begin. A browser may be anywhere.

/** Where the gateway's computer has no tables of zones: its rule for summer time is that of all of Central Europe. */
const CENTRAL_EUROPE = "Europe/Oslo";
const DAY_MS = 86_400_000;

/**
 * @param {string} zone  by its IANA name, "" for Central Europe
 * @returns {Place}
 */
export function placeOf(zone) {
  const timeZone = known(zone) ? zone : CENTRAL_EUROPE;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

  /**
   * @param {number} at in s since 1970
   * @returns {Record<string, string>}
   */
  function partsOf(at) {
    const parts = Object.fromEntries(format.formatToParts(at * 1000).map(({ type, value }) => [type, value]));
    return { ...parts, day: `${parts.year}-${parts.month}-${parts.day}` };
  }

  /**
   * By how many seconds the place's clock is ahead of UTC.
   * @param {number} at in s since 1970
   */
  function ahead(at) {
    const { day, hour, minute, second } = partsOf(at);
    return Date.parse(`${day}T${hour}:${minute}:${second}Z`) / 1000 - Math.floor(at);
  }

  /**
   * When a day, or an hour of it, begins there, in s since 1970. Of an hour that comes twice it is the first; one that is
   * left out is the one after it.
   * @param {string} day
   * @param {number} [hour]
   */
  function beginOf(day, hour = 0) {
    const wall = Date.parse(`${day}T00:00:00Z`) / 1000 + hour * 3600;
    const early = wall - ahead(wall - 86_400);
    const late = wall - ahead(wall + 86_400);
    const fits = [early, late].sort((a, b) => a - b).find((at) => at + ahead(at) === wall);
    return fits ?? Math.max(early, late);
  }

  return { timeZone, dayOf: (at) => partsOf(at).day, hourOf: (at) => Number(partsOf(at).hour), beginOf };
}

/** @param {string} zone */
function known(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false; // The browser's own tables are older than the gateway's.
  }
}

/**
 * The day so many days after another.
 * @param {string} day
 * @param {number} days
 */
export function dayAfter(day, days) {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * 1 for Monday to 7 for Sunday.
 * @param {string} day
 */
export function weekdayOf(day) {
  return new Date(day).getUTCDay() || 7;
}
