/** Gives [ratio, text, colour, ground] of each text below the least; disabled controls may be faint. */
least => {
  const parse = text => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(srgb") ? 255 : 1;
    return [...numbers.slice(0, 3).map(each => each * scale), numbers[3] ?? 1];
  };
  const over = (top, below) =>
    top.slice(0, 3).map((each, at) => each * top[3] + below[at] * (1 - top[3]));
  const luminance = color => {
    const [r, g, b] = color.map(each => each / 255).map(
      each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ancestors = node => node ? [node, ...ancestors(node.parentElement)] : [];
  const found = [];
  const check = (node, color, text) => {
    const line = ancestors(node);
    const shown = line.reduce((product, each) => product * getComputedStyle(each).opacity, 1);
    if (!shown) return;
    const ground = line.reduceRight(
      (below, each) => over(parse(getComputedStyle(each).backgroundColor), below), [255, 255, 255]);
    const ink = parse(color);
    const [one, other] = [luminance(over([...ink.slice(0, 3), ink[3] * shown], ground)), luminance(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < least) found.push([ratio.toFixed(2), text.trim().slice(0, 40), color, `rgb(${ground.map(Math.round)})`]);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    const { width, height } = node.getBoundingClientRect();
    if (!texts.currentNode.data.trim() || width < 2 || height < 2 || node.closest(":disabled, [aria-disabled=true]")) continue;
    check(node, getComputedStyle(node).color, texts.currentNode.data);
  }
  for (const field of document.querySelectorAll(":placeholder-shown")) {
    if (field.getBoundingClientRect().width > 1) check(field, getComputedStyle(field, "::placeholder").color, field.placeholder);
  }
  return found;
}
