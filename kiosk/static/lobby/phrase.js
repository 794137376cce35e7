// Line breaks that no reader stumbles over. Chinese has no spaces, and `word-break: auto-phrase` knows Japanese only, so
// the words are found here (Intl.Segmenter plus the product's own terms) and may break only between them.

import { el } from "./dom.js";

const MOMENT = /(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?|\d\d:\d\d)/;
const TERMS = /(数据中心|自助登记机?|通行码|摄像头|扫描枪|保安台?|核验证件|证件核验|访客证|联系人|运营方|系统管理员|陪同人员|登记机|机房内?|二维码|短码|贵公司|本机|来访|扫码|手机屏幕|不可用|未成年人?|周岁|年满|重试|查验|配对|补全|拨打|佩戴|催办|后续|调亮|任意键|隐私告知)/;
// Words that read as one with what stands before them, and with what follows them.
const CLINGS_BACK = /^[的了后时起中内上下们位次机码]$/;
const CLINGS_ON = /^(请|将|已|未|不|在|再|可|由|自|至|到|此|本|该|您|为|与|和|或|向|须|把|从|也|仅|无|有|是|另|仍|会|并|还|只|该|几)$|\d ?$/;
const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

/** The clauses of a headline as nodes: each stays on a line of its own where it fits. */
export function clauses(text, lang) {
  const parts = text.split(/(?<=[，：；]|[,:] | - )/);
  return parts.length > 1 ? parts.flatMap((part) => [el("span.clause", {}, phrase(part.trimEnd(), lang)), lang === "en" ? " " : ""]) : phrase(text, lang);
}

/** `text` as nodes: a date and time stays on one line, and Chinese may break only between words. */
export function phrase(text, lang) {
  return text.split(MOMENT).flatMap((part, index) => (index % 2 ? [el("span.keep", {}, part)] : lang === "en" ? [part] : chinese(part)));
}

function chinese(text) {
  return words(text).flatMap((word, index) => (index ? [document.createElement("wbr"), word] : [word]));
}

/** The pieces of `text` that must not be broken, in order. */
export function words(text) {
  const pieces = text.split(TERMS).flatMap((part, index) => (index % 2 ? [part] : [...segmenter.segment(part)].map(({ segment }) => segment)));
  const whole = [];
  let joining = false;
  for (const piece of pieces.filter(Boolean)) {
    if (whole.length && (joining || CLINGS_BACK.test(piece) || /^[\p{P}\s]/u.test(piece))) whole.push(whole.pop() + piece);
    else whole.push(piece);
    joining = CLINGS_ON.test(piece);
  }
  return whole;
}
