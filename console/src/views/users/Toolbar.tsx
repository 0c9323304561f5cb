import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Icon } from "../../components/Icon";
import type { DirectoryList } from "../../graphql";
import { useParameters } from "../../router";
import { useSettled, useTyped } from "../../typing";
import { CONDITIONS, listOf, ORDERS, orderName } from "./parameters";

const TYPING_MILLISECONDS = 250;
const FIRST_PAGE = { after: null, before: null };
const PROVIDERS = ["apple", "discord", "facebook", "github", "gitlab", "google", "linkedin", "microsoft-entra-id", "slack", "twitter"];

interface ToolbarProps {
  /** The lists of the directory that the operator keeps. */
  kept: ReadonlySet<DirectoryList>;
  isFiltered: boolean;
  onClear: () => void;
}

/** Search, order and filters. They live in the address. What cannot be combined is switched off, and says why. */
export function Toolbar({ kept, isFiltered, onClear }: ToolbarProps) {
  const [parameters, change] = useParameters();
  const [isOpen, setOpen] = useState(() => CONDITIONS.some((name) => name !== "q" && name !== "anywhere" && parameters.get(name)));
  const list = listOf(parameters);
  const order = orderName(parameters, kept);
  const orders = Object.entries(ORDERS).filter(([, { list: needed }]) => kept.has(needed) && (list !== "created" || needed === "CREATED"));
  const hasOwnOrder = list === "search" || list === "provider";
  const set = (name: string, value: string | null) => change({ [name]: value, ...FIRST_PAGE });
  const count = CONDITIONS.filter((name) => !["q", "anywhere", "to"].includes(name) && parameters.get(name)).length;

  return (
    <section className="toolbar" aria-label="Search and filters">
      <div className="toolbar-row">
        <Search />
        {orders.length > 0 && (
          <Field label="Order" isLabelHidden>
            {(input) => (
              <select
                {...input}
                value={hasOwnOrder ? "" : (order ?? "")}
                disabled={hasOwnOrder}
                title={hasOwnOrder ? "This search has its own order." : undefined}
                onChange={(event) => set("order", event.target.value === "newest" ? null : event.target.value)}
              >
                {(hasOwnOrder || order === null) && <option value="">{hasOwnOrder ? "Order of the search" : "No order"}</option>}
                {orders.map(([name, { title }]) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Button icon="filter" aria-expanded={isOpen} aria-controls="filters" onClick={() => setOpen(!isOpen)}>
          Filters{count > 0 && <span className="count">{count}</span>}
        </Button>
        {isFiltered && (
          <Button kind="quiet" onClick={onClear}>
            Clear
          </Button>
        )}
      </div>
      {isOpen && (
        <div className="filters card" id="filters">
          <Choice
            label="E-mail"
            value={parameters.get("verified")}
            options={{ yes: "Verified", no: "Not verified" }}
            onChange={(value) => set("verified", value)}
          />
          <Choice
            label="State"
            value={parameters.get("disabled")}
            options={{ no: "Active", yes: "Disabled" }}
            onChange={(value) => set("disabled", value)}
          />
          <Provider isOff={list === "search" || list === "created" || parameters.has("anywhere")} />
          {kept.has("CREATED") &&
            (["from", "to"] as const).map((name) => (
              <Field key={name} label={name === "from" ? "Created from" : "Created until"}>
                {(input) => (
                  <input
                    {...input}
                    type="date"
                    value={parameters.get(name) ?? ""}
                    disabled={list === "search" || list === "provider" || parameters.has("anywhere")}
                    onChange={(event) => set(name, event.target.value)}
                  />
                )}
              </Field>
            ))}
          <p className="hint">
            A search, a provider and a time of creation cannot be combined. The e-mail and the state go with all of them.
          </p>
        </div>
      )}
    </section>
  );
}

function Search() {
  const [parameters, change] = useParameters();
  const [text, setText] = useTyped(parameters.get("q") ?? "");
  const input = useRef<HTMLInputElement>(null);

  useSettled(text, TYPING_MILLISECONDS, (settled) => {
    if (settled.trim() === (parameters.get("q") ?? "")) return;
    change({ ...FIRST_PAGE, q: settled.trim(), anywhere: null, provider: null, from: null, to: null }, { replace: true });
  });

  useEffect(() => {
    function focus(event: globalThis.KeyboardEvent) {
      const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select, dialog, [contenteditable]");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.select();
      input.current?.focus();
    }
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);

  function leave(event: KeyboardEvent) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      document.querySelector<HTMLElement>("tbody a[href]")?.focus();
    } else if (event.key === "Escape" && text) {
      event.preventDefault();
      setText("");
    }
  }

  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search users"
        aria-keyshortcuts="/"
        placeholder="E-mail, name, user id or provider:account"
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={leave}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function Provider({ isOff }: { isOff: boolean }) {
  const [parameters, change] = useParameters();
  const [text, setText] = useTyped(parameters.get("provider") ?? "");
  useSettled(text, TYPING_MILLISECONDS, (settled) => {
    if (settled.trim() === (parameters.get("provider") ?? "")) return;
    change({ provider: settled.trim(), ...FIRST_PAGE }, { replace: true });
  });
  return (
    <Field label="Provider">
      {(input) => (
        <>
          <input
            {...input}
            list="providers"
            placeholder="Any, such as github"
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            value={text}
            disabled={isOff}
            onChange={(event) => setText(event.target.value)}
          />
          <datalist id="providers">
            {PROVIDERS.map((provider) => (
              <option key={provider} value={provider} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

interface ChoiceProps {
  label: string;
  value: string | null;
  options: Record<string, string>;
  onChange: (value: string | null) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <Field label={label}>
      {(input) => (
        <select {...input} value={value ?? ""} onChange={(event) => onChange(event.target.value || null)}>
          <option value="">Any</option>
          {Object.entries(options).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
