// What pages cannot do without a script. Everything works without it, but for copying to the clipboard.
'use strict';

document.documentElement.classList.add('scripted');

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = button.dataset.copied;
  } catch {
    // Without permission the text is selected, so that the keyboard copies it.
    getSelection().selectAllChildren(source);
  }
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
});

// On a phone, the present page may be beyond the edge of the row of pages.
for (const link of document.querySelectorAll('[aria-current]')) {
  link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 16;
}

for (const field of document.querySelectorAll('[data-here]')) {
  field.value = location.pathname + location.search;
}
