// What the hand-over sheet says, in no language yet: taken from the settings, the network and the live data.

const ONE = 1000;
const EVERYWHERE = /^(0\.0\.0\.0|\[::\])$/;
const PLACE = /^(.*):(\d+)$/;
const HTTP_PORTS = /** @type {Record<string, string>} */ ({ "http:": "80", "https:": "443" });

/**
 * The IPv4 addresses of the interfaces, without their prefixes.
 * @param {NetworkData | null} network
 */
function addressesOf(network) {
  const all = (network?.interfaces ?? []).flatMap((each) => each.addresses.map((full) => full.split("/")[0]));
  return all.length ? all : [location.hostname];
}

/**
 * Where something is reached, as ADDRESS:PORT: what listens everywhere, at each address of the gateway.
 * @param {ListenerData} listener
 * @param {string[]} addresses
 */
function placesOf({ places }, addresses) {
  const found = places.flatMap((place) => {
    const [, host, port] = PLACE.exec(place) ?? [null, "", ""];
    if (!port) return [];
    return EVERYWHERE.test(host) ? addresses.map((address) => `${address}:${port}`) : [place];
  });
  return [...new Set(found)];
}

/**
 * @param {string} place
 * @param {string} protocol
 */
function urlOf(place, protocol) {
  const [, host, port] = PLACE.exec(place) ?? [null, place, ""];
  return `${protocol}//${host}${port === HTTP_PORTS[protocol] ? "" : `:${port}`}/`;
}

/**
 * Each thing that is reached: what it is, and where.
 * @param {LiveData} live
 * @param {string[]} addresses
 */
function reached({ listeners = [] }, addresses) {
  return listeners
    .filter((each) => each.state !== "down" && each.places.length)
    .map((each) => {
      const places = placesOf(each, addresses);
      const protocol = each.what === "page" ? "http:" : each.what === "page-https" ? "https:" : "";
      return { what: each.what, places: protocol ? places.map((place) => urlOf(place, protocol)) : places };
    });
}

/**
 * @param {MeterData} meter
 * @param {MeterSettings | undefined} set
 */
function meterFacts(meter, set) {
  return {
    name: meter.name,
    unit: meter.unit,
    simulated: meter.simulated,
    maker: meter.maker,
    id: meter.meter_id,
    type: meter.meter_type,
    version: meter.list_version,
    factor: meter.scaling_factor / ONE,
    /** A: null where nobody has typed it. */
    fuse: Number(set?.main_fuse_a) || null,
    imitates: /** @type {string[]} */ (set?.maps ?? []),
    port: meter.line.port,
    line: meter.line.settings,
    keys: Boolean(set?.encryption_key),
  };
}

/**
 * All of it. `button` is whether the gateway has a FACTRESET button.
 * @param {{ settings: SettingsData, network: NetworkData | null, live: LiveData, button: boolean }} seen
 */
export function collect({ settings: { values }, network, live, button }) {
  const addresses = addressesOf(network);
  return {
    name: String(values.device?.name || network?.hostname || location.hostname),
    hostname: network?.hostname ?? "",
    version: live.version,
    day: live.time.slice(0, 10),
    interfaces: (network?.interfaces ?? [])
      .filter((each) => each.addresses.length || each.link)
      .map(({ name, kind, mac, addresses: own, gateway, settings }) => ({
        ...{ name, kind, mac, gateway, addresses: own },
        method: settings?.method ?? "",
      })),
    reached: reached(live, addresses),
    outputs: (live.outputs ?? []).map(({ name, where }) => ({ name, where })),
    open: Boolean(values.web?.live_open),
    button,
    page: reached(live, addresses).find((each) => each.what.startsWith("page"))?.places[0] ?? `${location.origin}/`,
    meters: live.meters.map((meter) =>
      meterFacts(
        meter,
        /** @type {MeterSettings[]} */ (values.meters).find((each) => each.unit === meter.unit),
      ),
    ),
  };
}
