// Puts the page together: what comes from the gateway goes to one view for each meter.

import { follow } from "./connection.js";
import { make, show, write } from "./dom.js";
import { duration, moment } from "./format.js";
import { meterView } from "./meter.js";
import { fillIn, say } from "./text.js";

const part = (id) => document.getElementById(id);

const LINK_STATES = { wait: "link.wait", up: "link.up", down: "link.down" };

let views = [];
let shape = "";
let lastSeen = null;

function announce(text) {
  write(part("announcements"), text);
}

/** Which meters and registers there are. Only when that changes is the page built anew. */
function shapeOf(data) {
  return JSON.stringify(data.meters.map((meter) => [meter.unit, meter.registers.map((register) => register.number)]));
}

function build(data) {
  const alone = data.meters.length === 1;
  views = data.meters.map((meter) => meterView(meter, alone, announce));
  const shown = views.length ? views.map((view) => view.element) : [make("p", { class: "waiting" }, say("meter.none"))];
  part("meters").replaceChildren(...shown);
}

function setLink(state) {
  const before = document.body.dataset.link;
  document.body.dataset.link = state;
  write(part("link"), say(LINK_STATES[state]));
  show(part("lost"), state === "down");
  if (before === "down" && state === "up") announce(say("link.back.said"));
  if (before !== "down" && state === "down") announce(say("link.lost.said"));
}

function onData(data) {
  lastSeen = new Date();
  show(part("waiting"), false);
  setLink("up");
  const newShape = shapeOf(data);
  if (newShape !== shape) build(data);
  shape = newShape;
  data.meters.forEach((meter, index) => views[index].update(meter, data));
  const foot = { version: data.version, uptime: duration(data.uptime_s), time: moment(new Date(data.time)) };
  write(part("foot"), say("page.foot", foot));
}

function onLost() {
  if (document.body.dataset.link !== "down") {
    const since = say("link.lost", { time: moment(lastSeen ?? new Date()) });
    part("lost").replaceChildren(make("strong", {}, since), make("p", {}, say("link.lost.todo")));
  }
  setLink("down");
  for (const view of views) view.lose();
}

fillIn(document);
setLink("wait");
follow(onData, onLost);
