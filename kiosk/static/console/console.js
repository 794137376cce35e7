// Comforts of the console; every page works without them.
import "./keys.js";
import "./idle.js";
import { keepLive } from "./live.js";
import { offerSwitches } from "./switches.js";

offerSwitches();
const sign = document.getElementById("live");
if (sign) keepLive(sign);
