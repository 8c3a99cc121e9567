import { render } from "preact";
import { language } from "../lib/i18n/index.ts";
import "../lib/theme/tokens.css";
import "../lib/theme/base.css";
import "../lib/theme/page.css";
import "./admin.css";
import { Admin } from "./admin.ts";
import { App } from "./app.tsx";

const admin = new Admin();
document.documentElement.lang = language;
const root = document.getElementById("app");
if (root) render(<App admin={admin} />, root);
void admin.begin();
