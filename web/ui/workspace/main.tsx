import { render } from "preact";
import { language } from "../lib/i18n/index.ts";
import "../lib/theme/tokens.css";
import "../lib/theme/base.css";
import "../lib/theme/page.css";
import "./workspace.css";
import { App } from "./app.tsx";
import { Desk } from "./desk.ts";

const desk = new Desk();
document.documentElement.lang = language;
const root = document.getElementById("app");
if (root) render(<App desk={desk} />, root);
void desk.begin();
