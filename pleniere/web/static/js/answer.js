// the answer grid keeps itself, cell by cell; without this script "save the draft" keeps it whole
const form = document.getElementById("answer")
const told = document.getElementById("draft-state")
if (form) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value
  const waiting = new Map()
  let timer, busy = false

  const say = (words, isBad) => { told.textContent = words; told.closest("p").classList.toggle("is-late", Boolean(isBad)) }

  async function keep() {
    if (busy || !waiting.size) return
    busy = true
    const sent = new Map(waiting)
    waiting.clear()
    const body = new FormData()
    body.append("csrfmiddlewaretoken", token)
    sent.forEach((value, name) => body.append(name, value))
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body, credentials: "same-origin" })
      if (!answer.ok) throw new Error(answer.status)
      say((await answer.json()).saved)
    } catch {
      sent.forEach((value, name) => { if (!waiting.has(name)) waiting.set(name, value) })
      say(form.dataset.failed, true)
    }
    busy = false
    if (waiting.size) timer = setTimeout(keep, 3000)
  }

  function note(field) {
    if (!field.name || field.type === "hidden" || field.name === "confirmed") return
    waiting.set(field.name, field.type === "checkbox" ? (field.checked ? "on" : "") : field.value)
    clearTimeout(timer)
    timer = setTimeout(keep, 600)
  }

  // leaving "same every night": each night begins with what was the same for all
  function spread(box) {
    const type = box.closest(".ask__type")
    const [rooms, price] = ["n:", "p:"].map((what) => type.querySelector(`.ask__same [name^="${what}"]`))
    type.querySelectorAll(".ask__each input").forEach((field) => {
      const from = field.name.startsWith("n:") ? rooms : price
      if (!field.value && from?.value) { field.value = from.value; note(field) }
    })
  }

  form.addEventListener("input", (event) => note(event.target))
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-same]") && !event.target.checked) spread(event.target)
    note(event.target)
  })
  form.addEventListener("submit", () => { clearTimeout(timer); waiting.clear() })
  window.addEventListener("online", keep)
  window.addEventListener("pagehide", () => {
    if (!waiting.size) return
    const body = new FormData()
    body.append("csrfmiddlewaretoken", token)
    waiting.forEach((value, name) => body.append(name, value))
    navigator.sendBeacon(form.dataset.draft, body)
  })
}
