// the answer grid keeps itself, cell by cell; without this script "save the draft" keeps it whole
const form = document.getElementById("answer")
const told = document.getElementById("draft-state")
if (form) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value
  const place = "draft:" + form.dataset.draft
  const waiting = new Map()
  let timer, busy = false

  // what the server has not got yet outlives a closed tab: it waits in this browser
  const store = (action) => { try { return action(window.localStorage) } catch { return null } }
  let flying = new Map()
  const stow = () => store((box) => {
    const all = [...flying, ...waiting]
    if (all.length) box.setItem(place, JSON.stringify(all))
    else box.removeItem(place)
  })
  const left = store((box) => JSON.parse(box.getItem(place) || "[]")) || []

  const say = (words, isBad) => { told.textContent = words; told.closest("p").classList.toggle("is-late", Boolean(isBad)) }

  async function keep() {
    if (busy || !waiting.size) return
    busy = true
    const sent = flying = new Map(waiting)
    waiting.clear()
    const body = new FormData()
    body.append("csrfmiddlewaretoken", token)
    sent.forEach((value, name) => body.append(name, value))
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body, credentials: "same-origin" })
      if (!answer.ok) throw new Error(answer.status)
      flying = new Map()
      stow()
      say((await answer.json()).saved)
    } catch {
      flying = new Map()
      sent.forEach((value, name) => { if (!waiting.has(name)) waiting.set(name, value) })
      stow()
      say(form.dataset.failed, true)
    }
    busy = false
    if (waiting.size) timer = setTimeout(keep, 3000)
  }

  function note(field) {
    if (!field.name || field.type === "hidden" || field.name === "confirmed") return
    waiting.set(field.name, field.type === "checkbox" ? (field.checked ? "on" : "") : field.value)
    stow()
    clearTimeout(timer)
    timer = setTimeout(keep, 600)
  }

  // leaving "same every night": each night begins with what was the same for all; the price stays the type's
  function spread(box) {
    const type = box.closest(".ask__type")
    const rooms = type.querySelector('.ask__same [name^="n:"]')
    type.querySelectorAll('.ask__each [name^="n:"]').forEach((field) => {
      if (!field.value && rooms?.value) { field.value = rooms.value; note(field) }
    })
  }

  // a night as the night before
  document.querySelectorAll("[data-copy-night]").forEach((button) => button.addEventListener("click", (event) => {
    event.preventDefault()
    const row = button.closest("[data-night]")
    const from = row.previousElementSibling.querySelectorAll("input")
    row.querySelectorAll("input").forEach((field, n) => { field.value = from[n].value; note(field) })
  }))

  form.addEventListener("input", (event) => note(event.target))
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-same]") && !event.target.checked) spread(event.target)
    note(event.target)
  })
  form.addEventListener("submit", () => { clearTimeout(timer); waiting.clear() })
  left.forEach(([name, value]) => {
    const field = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].pop()
    if (!field) return
    if (field.type === "checkbox") field.checked = value === "on"
    else field.value = value
    waiting.set(name, value)
  })
  keep()
  window.addEventListener("online", keep)
  window.addEventListener("pagehide", () => {
    if (!waiting.size) return
    const body = new FormData()
    body.append("csrfmiddlewaretoken", token)
    waiting.forEach((value, name) => body.append(name, value))
    navigator.sendBeacon(form.dataset.draft, body)
  })
} else {
  // the answer has left: nothing of it waits here any more
  try { window.localStorage.removeItem("draft:" + window.location.pathname + "draft/") } catch { /* no storage, nothing kept */ }
}
