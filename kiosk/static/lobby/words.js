// What the page says, in one language at a time. All texts come with the configuration (kiosk/lobby/texts.py).

export const LANGUAGES = { "zh-CN": "中文", en: "English" };

/** The speaker for `language`: `say` fills a text, `time` shows a moment in the site's zone, `pick` chooses from {"zh-CN", "en"}. */
export function speaker(config, language) {
  const texts = config.texts[language];
  const zone = { timeZone: config.site.zone, hourCycle: "h23" };
  return {
    language,
    other: language === "en" ? "zh-CN" : "en",
    say: (key, values = {}) => fill(texts[key] ?? "", values),
    has: (key) => key in texts,
    pick: (names) => names?.[language] ?? names?.["zh-CN"] ?? names?.en ?? "",
    time: (iso) => iso && moment(new Date(iso), zone),
    hour: (date) => new Intl.DateTimeFormat("sv-SE", { ...zone, timeStyle: "short" }).format(date),
    join: (items) => items.join(language === "en" ? ", " : "、"),
  };
}

/** `text` with its {places} filled; a sentence with a place that has no value is not said at all. */
function fill(text, values) {
  let whole = true;
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    if (value === null || value === undefined || value === "") whole = false;
    return value;
  });
  return whole ? filled : "";
}

/** 14:05 today, 2026-11-24 14:05 on another day; the same in both languages (Swedish writes dates that way). */
function moment(date, zone) {
  if (Number.isNaN(date.getTime())) return "";
  const format = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "short" });
  const [day, hour] = format.format(date).split(" ");
  return format.format(new Date()).startsWith(day) ? hour : `${day} ${hour}`;
}
