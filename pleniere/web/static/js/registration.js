// the form that never loses a word: fields kept as they are left, choices saved at a tap, the timer; all of it works without
document.documentElement.dataset.js = ""
const token = (form) => form.querySelector("[name=csrfmiddlewaretoken]").value

// a field is kept when it is left, or changed
document.querySelectorAll("form[data-drafts]").forEach((form) => {
  const said = document.querySelector("[data-saved]")
  const sent = new Map()
  const keep = async (field) => {
    if (!field.name || field.type === "hidden" || field.tagName === "BUTTON") return
    const value = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value
    if (sent.get(field.name) === value || (field.type === "radio" && !field.checked)) return
    sent.set(field.name, value)
    const words = new URLSearchParams({ csrfmiddlewaretoken: token(form), [`${form.dataset.group}.${field.name}`]: value })
    try {
      const answer = await fetch(form.dataset.drafts, { method: "POST", body: words, keepalive: true })
      if (!answer.ok) throw new Error(answer.status)
      if (said) said.textContent = (await answer.json()).saved
    } catch {
      sent.delete(field.name)
      if (said) said.textContent = said.dataset.failed
    }
  }
  form.addEventListener("change", (event) => keep(event.target))
})

// a tap is saved at once: the page comes back with what it cost and what is left
const alive = (form) => form.addEventListener("change", async () => {
  const words = new FormData(form)
  words.set("do", "save")
  form.setAttribute("aria-busy", "true")
  try {
    const answer = await fetch(window.location.href, { method: "POST", body: new URLSearchParams(words) })
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const here = document.activeElement?.id
    const fresh = page.querySelector("form[data-live]")
    if (!fresh) throw new Error(answer.status)
    document.querySelector("main").replaceWith(page.querySelector("main"))
    document.querySelector(".next").replaceWith(page.querySelector(".next"))
    alive(document.querySelector("form[data-live]"))
    count()
    const again = here && document.getElementById(here)
    if (again) again.focus()
    else document.querySelector("[data-focus]")?.focus()
  } catch {
    form.requestSubmit(form.querySelector("[name=do][value=next]"))
  }
})
document.querySelectorAll("form[data-live]").forEach(alive)

// the time that is left, said again five minutes before its end
let clock
function count() {
  clearInterval(clock)
  const bar = document.querySelector("[data-hold]")
  if (!bar) return
  const end = Date.now() + Number(bar.dataset.hold) * 1000
  const tick = () => {
    const left = Math.round((end - Date.now()) / 1000)
    if (left <= 0) { clearInterval(clock); window.location.reload(); return }
    bar.querySelector("[data-left]").textContent = bar.dataset.minutes.replace("{m}", Math.floor(left / 60)).replace("{s}", left % 60)
    const warn = bar.querySelector("[data-warn]")
    if (left <= 300 && !warn.textContent) { bar.classList.add("hold--soon"); warn.textContent = warn.dataset.warn }
  }
  tick()
  clock = setInterval(tick, 1000)
}
count()
