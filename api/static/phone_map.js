/* The day on a plain canvas: grids, roads, the way, the stops in order, oneself. No WebGL and no tiles, so that a cheap
   phone draws it at once and without signal. Drag, pinch, wheel, + and − move it. */
const TILE = 0.00001;
const NAMES_FROM = 0.16; // pixels a metre: where road names begin to have room
const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
const RAD = Math.PI / 180;

const flat = (line, step) => {
  const points = new Float64Array(line.length);
  for (let i = 0; i < line.length; i += 2) {
    points[i] = line[i] * step * RAD;
    points[i + 1] = -mercator(line[i + 1] * step);
  }
  return points;
};

export class DayMap {
  constructor(canvas, chosen) {
    this.canvas = canvas;
    this.chosen = chosen;
    this.pen = canvas.getContext("2d");
    this.ground = { roads: [], grids: [], routes: [], posts: [] };
    this.stops = [];
    this.here = null;
    this.view = null;
    this.pointers = new Map();
    this.listen();
  }

  setGround(told) {
    const step = told.step || TILE;
    const shape = (one) => ({ ...one, points: flat(one.line, step) });
    this.ground = {
      roads: told.roads.map(shape), grids: told.grids.map(shape),
      routes: told.routes.map((line) => flat(line, step)),
      posts: told.posts.map(([lon, lat]) => [lon * RAD, -mercator(lat)]),
    };
    if (!this.view) this.fit();
    this.draw();
  }

  setStops(stops) {
    this.stops = stops.map((stop) => ({ ...stop, x: stop.lon * RAD, y: -mercator(stop.lat) }));
    if (!this.view) this.fit();
    this.draw();
  }

  setHere(lon, lat) {
    this.here = [lon * RAD, -mercator(lat)];
    this.draw();
  }

  /** Show all stops (or the posts, or where one is). */
  fit() {
    const spots = this.stops.length ? this.stops.map((s) => [s.x, s.y]) : this.ground.posts;
    if (!spots.length || !this.canvas.clientWidth) return;
    const xs = spots.map((s) => s[0]);
    const ys = spots.map((s) => s[1]);
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const room = 400 / 6378137 / Math.cos(31 * RAD);
    const scale = Math.min((width - 80) / Math.max(east - west, room), (height - 120) / Math.max(south - north, room));
    this.view = { x: (west + east) / 2, y: (north + south) / 2, scale };
    this.draw();
  }

  centre(x, y, scale) {
    this.view = { x, y, scale: scale || Math.max(this.view ? this.view.scale : 0, 4.0e6) };
    this.draw();
  }

  showStop(id) {
    const stop = this.stops.find((one) => one.id === id);
    if (stop) this.centre(stop.x, stop.y);
  }

  showHere() { if (this.here) this.centre(...this.here); }

  zoom(factor, at) {
    if (!this.view) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const [px, py] = at || [width / 2, height / 2];
    const wx = this.view.x + (px - width / 2) / this.view.scale;
    const wy = this.view.y + (py - height / 2) / this.view.scale;
    const scale = Math.min(Math.max(this.view.scale * factor, 1e5), 4e7);
    this.view = { scale, x: wx - (px - width / 2) / scale, y: wy - (py - height / 2) / scale };
    this.draw();
  }

  listen() {
    const { canvas } = this;
    const spot = (event) => [event.offsetX, event.offsetY];
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, spot(event));
      moved = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = this.pointers.get(event.pointerId);
      if (!before || !this.view) return;
      const now = spot(event);
      if (this.pointers.size === 1) {
        moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
        this.view = { ...this.view, x: this.view.x - (now[0] - before[0]) / this.view.scale, y: this.view.y - (now[1] - before[1]) / this.view.scale };
        this.draw();
      } else {
        const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
        const far = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
        if (far(before) > 0) this.zoom(far(now) / far(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
        moved = 99;
      }
      this.pointers.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => {
        this.pointers.delete(event.pointerId);
        if (end === "pointerup" && moved < 8) this.tap(...spot(event));
      });
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8, spot(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") this.zoom(1.4);
      if (event.key === "-") this.zoom(0.7);
    });
    new ResizeObserver(() => { if (!this.view) this.fit(); this.draw(); }).observe(canvas);
  }

  tap(px, py) {
    if (!this.view) return;
    const near = this.stops
      .map((stop) => ({ stop, far: Math.hypot(this.px(stop.x) - px, this.py(stop.y) - py) }))
      .filter((one) => one.far < 28).sort((a, b) => a.far - b.far)[0];
    this.chosen(near ? near.stop.id : null);
  }

  px(x) { return this.canvas.clientWidth / 2 + (x - this.view.x) * this.view.scale; }

  py(y) { return this.canvas.clientHeight / 2 + (y - this.view.y) * this.view.scale; }

  trace(points) {
    const { pen } = this;
    pen.moveTo(this.px(points[0]), this.py(points[1]));
    for (let i = 2; i < points.length; i += 2) pen.lineTo(this.px(points[i]), this.py(points[i + 1]));
  }

  stroke(shapes, colour, width, dash) {
    const { pen } = this;
    pen.beginPath();
    for (const points of shapes) this.trace(points);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash || []);
    pen.stroke();
  }

  draw() {
    const { canvas, pen } = this;
    if (!this.view || !canvas.clientWidth) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    pen.lineJoin = "round";
    pen.lineCap = "round";
    const metre = this.view.scale / (6378137 * Math.cos(31 * RAD));
    const small = this.ground.roads.filter((road) => road.rank).map((road) => road.points);
    const great = this.ground.roads.filter((road) => !road.rank).map((road) => road.points);
    pen.globalAlpha = 0.55;
    this.stroke(this.ground.grids.map((one) => one.points), colour("--quiet"), 1, [2, 4]);
    pen.globalAlpha = 1;
    this.stroke(small, colour("--line"), Math.min(Math.max(metre * 4, 1), 6));
    this.stroke(great, colour("--line"), Math.min(Math.max(metre * 8, 2), 10));
    if (metre > NAMES_FROM) this.drawNames(colour);
    this.stroke(this.ground.routes, colour("--act"), 3);
    for (const [x, y] of this.ground.posts) this.drawPost(this.px(x), this.py(y), colour);
    for (const stop of [...this.stops].reverse()) this.drawStop(stop, colour);
    if (this.here) this.drawHere(colour);
    this.drawScale(metre, colour);
  }

  /** A name once, along its longest stretch that is seen, where nothing else stands. */
  drawNames(colour) {
    const { pen, canvas } = this;
    const best = new Map();
    for (const road of this.ground.roads) {
      if (!road.name) continue;
      for (let i = 0; i + 3 < road.points.length; i += 2) {
        const [x1, y1, x2, y2] = [this.px(road.points[i]), this.py(road.points[i + 1]), this.px(road.points[i + 2]), this.py(road.points[i + 3])];
        const [x, y, far] = [(x1 + x2) / 2, (y1 + y2) / 2, Math.hypot(x2 - x1, y2 - y1)];
        if (x < 0 || y < 0 || x > canvas.clientWidth || y > canvas.clientHeight) continue;
        const held = best.get(road.name);
        if (!held || far > held.far) best.set(road.name, { x, y, far, angle: Math.atan2(y2 - y1, x2 - x1) });
      }
    }
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const taken = this.stops.map((stop) => [this.px(stop.x), this.py(stop.y)]);
    for (const [name, spot] of best) {
      if (spot.far < name.length * 9 || taken.some(([x, y]) => Math.hypot(x - spot.x, y - spot.y) < 44)) continue;
      taken.push([spot.x, spot.y]);
      pen.save();
      pen.translate(spot.x, spot.y);
      pen.rotate(Math.abs(spot.angle) > Math.PI / 2 ? spot.angle + Math.PI : spot.angle);
      pen.setLineDash([]);
      pen.lineWidth = 3;
      pen.strokeStyle = colour("--card");
      pen.strokeText(name, 0, 0);
      pen.fillStyle = colour("--quiet");
      pen.fillText(name, 0, 0);
      pen.restore();
    }
  }

  drawPost(x, y, colour) {
    const { pen } = this;
    pen.fillStyle = colour("--ink");
    pen.fillRect(x - 5, y - 5, 10, 10);
  }

  drawStop(stop, colour) {
    const { pen } = this;
    const [x, y] = [this.px(stop.x), this.py(stop.y)];
    const size = stop.isNext ? 17 : 13;
    pen.setLineDash([]);
    pen.beginPath();
    pen.arc(x, y, size, 0, 2 * Math.PI);
    pen.fillStyle = stop.isNext ? colour("--act") : colour("--card");
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = stop.isDone ? colour("--fine") : colour("--act");
    pen.stroke();
    pen.font = `600 ${stop.isNext ? 16 : 13}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = stop.isNext ? colour("--on-act") : stop.isDone ? colour("--fine") : colour("--ink");
    pen.fillText(stop.isDone ? "✓" : String(stop.number), x, y + 0.5);
  }

  drawHere(colour) {
    const { pen } = this;
    const [x, y] = [this.px(this.here[0]), this.py(this.here[1])];
    pen.beginPath();
    pen.arc(x, y, 8, 0, 2 * Math.PI);
    pen.fillStyle = colour("--soon");
    pen.fill();
    pen.lineWidth = 3;
    pen.strokeStyle = colour("--card");
    pen.stroke();
  }

  drawScale(metre, colour) {
    const { pen, canvas } = this;
    const length = [20, 50, 100, 200, 500, 1000, 2000, 5000].find((metres) => metres * metre > 48) || 10000;
    const [x, y] = [12, canvas.clientHeight - 14];
    pen.beginPath();
    pen.moveTo(x, y - 5);
    pen.lineTo(x, y);
    pen.lineTo(x + length * metre, y);
    pen.lineTo(x + length * metre, y - 5);
    pen.lineWidth = 1.5;
    pen.strokeStyle = colour("--quiet");
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    pen.fillStyle = colour("--quiet");
    pen.fillText(length < 1000 ? `${length} m` : `${length / 1000} km`, x + 4, y - 3);
  }
}
