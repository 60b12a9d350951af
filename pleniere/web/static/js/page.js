// what every page with forms may use, by data- attribute
// the summary of errors takes the focus, so that it is read first
document.querySelector("[data-focus]")?.focus()

// a field that sends its form as soon as it changes; the button beside it serves without this script
document.querySelectorAll("[data-autosubmit]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()))

// a question before an act that cannot be undone
document.querySelectorAll("[data-confirm]").forEach((button) => button.addEventListener("click", (event) => {
  if (!window.confirm(button.dataset.confirm)) event.preventDefault()
}))

// copy a text, and say so in the button
document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(button.dataset.copy)
  if (button.dataset.copied) button.textContent = button.dataset.copied
}))

// choose every box of the table
document.querySelectorAll("[data-check-all]").forEach((box) => box.addEventListener("change", () => {
  box.closest("table").querySelectorAll("tbody input[type=checkbox]:not(:disabled)").forEach((each) => { each.checked = box.checked })
}))

// one box ticks a row or a column of a grid; a box cleared by hand clears the one that stands for all
document.querySelectorAll("[data-ticks]").forEach((grid) => {
  const boxes = () => [...grid.querySelectorAll("input[name=cell]")].filter((box) => !box.dataset.all)
  const of = (all) => boxes().filter((box) => all.dataset.all === "row" ? box.closest("tr") === all.closest("tr") : box.value.endsWith(all.value.slice(3)))
  grid.addEventListener("change", (event) => {
    if (event.target.dataset.all) of(event.target).forEach((box) => { box.checked = event.target.checked })
    if (event.target.name === "cell") grid.querySelectorAll("[data-all]").forEach((all) => { const mine = of(all); all.checked = mine.length > 0 && mine.every((box) => box.checked) })
  })
  grid.addEventListener("htmx:load", () => grid.querySelectorAll("[data-all=column]:checked").forEach((all) => of(all).forEach((box) => { box.checked = true })))
})

// a job that runs: the page is asked for anew until it is done
const busy = document.querySelector("[data-refresh]")
if (busy) setTimeout(() => window.location.reload(), Number(busy.dataset.refresh))

// a form is sent once
document.querySelectorAll("form[method=post]").forEach((form) => form.addEventListener("submit", (event) => {
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = "yes"
  setTimeout(() => { delete form.dataset.sent }, 4000)
}))

// a last day is judged as it is typed, against its first; the server judges again
document.querySelectorAll("[data-after]").forEach((last) => {
  const first = document.getElementById(last.dataset.after)
  const said = document.createElement("p")
  said.className = "field__error"
  said.setAttribute("role", "status")
  const judge = () => {
    if (first.value) last.min = first.value
    const wrong = first.value && last.value && last.value < first.value
    said.textContent = last.dataset.wrong
    if (wrong) last.after(said)
    else said.remove()
    last.setAttribute("aria-invalid", String(Boolean(wrong)))
  }
  first?.addEventListener("change", judge)
  last.addEventListener("change", judge)
})
