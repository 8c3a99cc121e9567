// Draws a position as a simple map: what is known and nothing else. No tiles, no network.

const namespace = "http://www.w3.org/2000/svg";
const size = 360;
const metresPerDegree = 111_320;
const pointView = 100; // metres to the edge when no radius is known

function draw(name, attributes, text) {
  const node = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

// rounded finds 1, 2 or 5 times a power of ten, at most the value.
function rounded(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((n) => n * power <= value) * power;
}

/** Degrees as people write them: "39.80000° N". */
export function degrees(value, positive, negative, digits = 5) {
  return `${Math.abs(value).toFixed(digits)}° ${value < 0 ? negative : positive}`;
}

/** A length as people say it. */
export function length(metres) {
  return metres >= 1000 ? `${+(metres / 1000).toFixed(1)}\u00a0km` : `${+metres.toFixed(metres < 10 ? 1 : 0)}\u00a0m`;
}

/** The position in words. */
export function words(position) {
  const where = `${degrees(position.latitude, "N", "S")}, ${degrees(position.longitude, "E", "W")}`;
  return position.radius_m > 0 ? `${where}, within ${length(position.radius_m)}` : where;
}

/** An SVG map around the position: its circle, the graticule, a scale and north. */
export function map(position) {
  const halfView = position.radius_m > 0 ? position.radius_m * 2 : pointView;
  const pixelsPerMetre = size / 2 / halfView;
  const eastShrinks = Math.max(Math.cos((position.latitude * Math.PI) / 180), 0.01);
  const x = (longitude) => size / 2 + (longitude - position.longitude) * metresPerDegree * eastShrinks * pixelsPerMetre;
  const y = (latitude) => size / 2 - (latitude - position.latitude) * metresPerDegree * pixelsPerMetre;

  const svg = draw("svg", { class: "map", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": `Map: ${words(position)}` });
  graticule(svg, position.longitude, halfView / metresPerDegree / eastShrinks, (degree, digits) => {
    svg.append(draw("line", { class: "graticule", x1: x(degree), x2: x(degree), y1: 0, y2: size }));
    if (x(degree) > size - 90) return;
    svg.append(draw("text", { class: "degrees", x: x(degree) + 4, y: size - 6 }, degrees(degree, "E", "W", digits)));
  });
  graticule(svg, position.latitude, halfView / metresPerDegree, (degree, digits) => {
    if (y(degree) > size - 30 || y(degree) < 20) return;
    svg.append(draw("line", { class: "graticule", x1: 0, x2: size, y1: y(degree), y2: y(degree) }));
    svg.append(draw("text", { class: "degrees", x: 4, y: y(degree) - 4 }, degrees(degree, "N", "S", digits)));
  });
  if (position.radius_m > 0) {
    svg.append(draw("circle", { class: "ring", cx: size / 2, cy: size / 2, r: position.radius_m * pixelsPerMetre }));
    svg.append(draw("text", { x: size / 2, y: size / 2 - position.radius_m * pixelsPerMetre - 6, "text-anchor": "middle" }, length(position.radius_m)));
  }
  svg.append(draw("path", { class: "mark", d: `M${size / 2 - 8} ${size / 2}h16M${size / 2} ${size / 2 - 8}v16` }));
  north(svg);
  scale(svg, halfView, pixelsPerMetre);
  return svg;
}

// graticule calls line for each round degree within reach of the middle, about two to either side.
function graticule(svg, middle, reach, line) {
  const step = rounded(reach / 1.2);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  for (let n = Math.ceil((middle - reach) / step); n * step < middle + reach; n++) line(n * step, digits);
}

function north(svg) {
  svg.append(draw("path", { class: "north", d: `M${size - 24} 14l7 20l-7 -5l-7 5z` }));
  svg.append(draw("text", { x: size - 24, y: 50, "text-anchor": "middle" }, "N"));
}

function scale(svg, halfView, pixelsPerMetre) {
  const metres = rounded(halfView / 2);
  const right = size - 16;
  const left = right - metres * pixelsPerMetre;
  svg.append(draw("path", { class: "scale", d: `M${left} ${size - 28}v6H${right}v-6` }));
  svg.append(draw("text", { x: (left + right) / 2, y: size - 30, "text-anchor": "middle" }, length(metres)));
}
