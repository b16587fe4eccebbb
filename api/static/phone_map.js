/* The day's stops on a plain canvas, in order: no WebGL and no tile, so that a cheap phone draws it at once. */
export const drawPlan = (canvas, tasks) => {
  if (!canvas.clientWidth) return;
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  if (!tasks.length) return;
  const squeeze = Math.cos((tasks[0].lat * Math.PI) / 180);
  const xs = tasks.map((task) => task.lon * squeeze);
  const ys = tasks.map((task) => -task.lat);
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((canvas.clientWidth - 60) / (east - west || 1e-3), (canvas.clientHeight - 60) / (south - north || 1e-3));
  const at = (i) => [
    canvas.clientWidth / 2 + (xs[i] - (west + east) / 2) * scale,
    canvas.clientHeight / 2 + (ys[i] - (north + south) / 2) * scale,
  ];
  pen.strokeStyle = style.getPropertyValue("--act");
  pen.lineWidth = 2;
  pen.setLineDash([5, 4]);
  pen.beginPath();
  tasks.forEach((_, i) => pen[i ? "lineTo" : "moveTo"](...at(i)));
  pen.stroke();
  pen.setLineDash([]);
  pen.font = "600 14px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  tasks.map((_, i) => i).reverse().forEach((i) => {
    const [x, y] = at(i);
    pen.beginPath();
    pen.arc(x, y, 13, 0, 2 * Math.PI);
    pen.fillStyle = i ? style.getPropertyValue("--card") : style.getPropertyValue("--act");
    pen.fill();
    pen.stroke();
    pen.fillStyle = i ? style.getPropertyValue("--ink") : style.getPropertyValue("--card");
    pen.fillText(String(i + 1), x, y);
  });
};
