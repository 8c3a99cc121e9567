// A pretend node: it serves the built pages and speaks the feed, and does only what a test tells it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { DrillOrder, Message, PlaceChoices, Reply, Request, Workspace } from "../../lib/api.gen.ts";
import { calm, recents } from "./states.ts";

const types: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const policy = "default-src 'self'; connect-src 'self' HOST; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export class PretendNode {
  signedIn = true;
  state: Workspace = calm;
  /** Everything that the page asked for, in order. */
  readonly asked: Request[] = [];
  /** Answers a request; the default takes everything. */
  answer: (request: Request) => Promise<Partial<Reply>> = () => Promise.resolve({});
  /** False: the page's connections are refused, as if the node were gone. */
  up = true;
  /** The trunks that have a test service. */
  trunks: string[] = [];
  /** Every drill that was ordered, and what its order is answered with: a status and a body. */
  readonly drills: DrillOrder[] = [];
  drill: (order: DrillOrder) => Promise<[number, unknown]> = () => Promise.resolve([200, { passed: true, hops: [] }]);
  /** Where the person can say to be; null: the node could not say. */
  places: PlaceChoices | null = { sites: [] };
  feeds = 0;
  /** Whether a tab that comes back has its old name. */
  knowsTabs = false;

  private readonly http: Server;
  private readonly sockets = new Map<WebSocket, string>();

  constructor(private readonly dist: string) {
    this.http = createServer((request, response) => this.serve(request, response));
    const feeds = new WebSocketServer({ noServer: true });
    this.http.on("upgrade", (request, socket, head) => {
      if (!this.up || !this.signedIn) {
        socket.end(this.up ? "HTTP/1.1 401 Unauthorized\r\n\r\n" : "");
        return;
      }
      feeds.handleUpgrade(request, socket, head, (opened) => this.opened(opened));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.cut();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** Shows a state in every tab. */
  show(state: Workspace): void {
    this.state = state;
    for (const [socket, tab] of this.sockets) send(socket, { workspace: { ...state, tab } });
  }

  /** Goes away: open connections break and new ones are refused. */
  vanish(): void {
    this.up = false;
    this.cut();
  }

  cut(code?: number): void {
    for (const socket of this.sockets.keys()) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
    this.sockets.clear();
  }

  count(what: Request["do"]): number {
    return this.asked.filter((request) => request.do === what).length;
  }

  private opened(socket: WebSocket): void {
    this.feeds += 1;
    const tab = this.knowsTabs ? "t1" : `t${this.feeds}`;
    this.sockets.set(socket, tab);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data) => void this.heard(socket, JSON.parse(String(data)) as Request));
    send(socket, { workspace: { ...this.state, tab } });
  }

  private async heard(socket: WebSocket, request: Request): Promise<void> {
    this.asked.push(request);
    const reply = await this.answer(request);
    send(socket, { reply: { id: request.id, ...reply } });
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if (!this.up) {
      request.socket.destroy();
      return;
    }
    const path = new URL(request.url ?? "/", "http://node").pathname;
    if (path === "/api/v1/session") this.session(request, response);
    else if (path === "/api/v1/history") json(response, 200, { rows: recents });
    else if (path === "/api/v1/places") json(response, this.places ? 200 : 500, this.places ?? {});
    else if (path === "/api/v1/drills") this.drilled(request, response);
    else this.page(path, request, response);
  }

  private drilled(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      if (request.method === "GET") {
        json(response, 200, { trunks: this.trunks });
        return;
      }
      const order = JSON.parse(body) as DrillOrder;
      this.drills.push(order);
      void this.drill(order).then(([status, answer]) => json(response, status, answer));
    });
  }

  private session(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      if (request.method === "POST") this.signedIn = body.includes('"mayday"');
      if (request.method === "DELETE") this.signedIn = false;
      if (this.signedIn) json(response, 200, { person: this.state.rep, expires_at: new Date(Date.now() + 1e7).toISOString() });
      else json(response, 401, { title: "Unauthorized", status: 401, code: "NOT_SIGNED_IN" });
    });
  }

  private page(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = join(this.dist, normalize(path === "/" ? "/index.html" : path));
    try {
      const text = readFileSync(file);
      response.writeHead(200, {
        "Content-Type": types[extname(file)] ?? "application/octet-stream",
        "Content-Security-Policy": policy.replace("HOST", `ws://${request.headers.host ?? ""}`),
        "Permissions-Policy": "microphone=(self), geolocation=(self), speaker-selection=(self), autoplay=(self), fullscreen=(self)",
      });
      response.end(text);
    } catch {
      json(response, 404, { title: "Not Found", status: 404, code: "NOT_FOUND" });
    }
  }
}

function send(socket: WebSocket, message: Message): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}
