// Draws the charts in the colours of the theme, and again when the system's theme changes.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const peers = data.paths.filter((name) => !data.own.includes(name));
  const hidden = new Set();
  const shown = Object.fromEntries(Object.keys(data.charts).map((name) => [name, 0]));
  const pathColours = 12;

  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const colourOf = (path) => {
    if (path === "read floor") return colour("floor");
    if (data.own.includes(path)) return colour("accent");
    return colour(`path-${peers.indexOf(path) % pathColours}`);
  };

  const themedTrace = (trace) => {
    const own = colourOf(trace.meta.path);
    const marker = { ...trace.marker, color: own };
    if (trace.marker && trace.marker.line) marker.line = { ...trace.marker.line, color: own };
    const visible = !hidden.has(trace.meta.path);
    return { ...trace, visible, marker, line: { ...trace.line, color: own } };
  };

  const themedAxis = (axis) => ({
    ...axis,
    gridcolor: colour("grid"),
    linecolor: colour("line"),
    zeroline: false,
    fixedrange: true,
  });

  const themedLayout = (layout) => ({
    ...layout,
    height: layout.height || 420,
    autosize: true,
    margin: { l: 10, r: 14, t: 12, b: 10 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
    hoverlabel: {
      align: "left",
      bgcolor: colour("surface"),
      bordercolor: colour("line"),
      font: { color: colour("ink") },
    },
    xaxis: themedAxis(layout.xaxis),
    yaxis: themedAxis(layout.yaxis),
  });

  // The mark that the chart drew for a path: in the legend it tells paths apart without colours.
  const marks = new Map([["read floor", "M-6,-1.5H6V1.5H-6Z"]]);
  const rememberMarks = (name, figure) => {
    const drawn = document.querySelectorAll(`#chart-${name} .scatterlayer .trace`);
    figure.data
      .filter(({ meta }) => !hidden.has(meta.path))
      .forEach(({ meta }, at) => {
        const point = drawn[at] && drawn[at].querySelector(".points path");
        if (point && !marks.has(meta.path)) marks.set(meta.path, point.getAttribute("d"));
      });
  };

  const legendButton = (path) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(!hidden.has(path)));
    button.innerHTML = '<svg viewBox="-6 -6 12 12" aria-hidden="true"><path></path></svg>';
    const mark = button.querySelector("path");
    mark.setAttribute("d", marks.get(path) || "");
    mark.style.fill = colourOf(path);
    button.append(path);
    button.addEventListener("click", () => {
      if (!hidden.delete(path)) hidden.add(path);
      drawAll();
    });
    return button;
  };

  const drawLegend = (name, figure) => {
    rememberMarks(name, figure);
    const legend = document.getElementById(`legend-${name}`);
    legend.replaceChildren(...figure.data.map(({ meta }) => legendButton(meta.path)));
  };

  const draw = (name) => {
    const figure = data.charts[name][shown[name]];
    Plotly.react(`chart-${name}`, figure.data.map(themedTrace), themedLayout(figure.layout), {
      displayModeBar: false,
      responsive: true,
    });
    drawLegend(name, figure);
  };

  const drawAll = () => Object.keys(data.charts).forEach(draw);

  for (const select of document.querySelectorAll("select[data-chart]")) {
    select.addEventListener("change", () => {
      shown[select.dataset.chart] = Number(select.value);
      draw(select.dataset.chart);
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawAll();
})();
