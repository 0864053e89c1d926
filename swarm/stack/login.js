// Trades the key of a login link for the login, keeps it where Prefect's page looks for it, and goes on to that page.
const KEPT = "prefect-password";
const [, key, page] = location.hash.match(/^#([\w.]+)?(\/.*)?$/) ?? [];
// The key leaves the address before anything else happens, so that it is not bookmarked or shown.
history.replaceState(null, "", location.pathname);

function goOn() {
  const target = new URL(decodeURI(page ?? "/"), location.origin);
  location.replace(target.origin === location.origin ? target : "/");
}

async function login() {
  if (key) {
    const answer = await fetch("/swarm/login", { method: "POST", body: key });
    if (answer.ok) {
      localStorage.setItem(KEPT, (await answer.json()).password);
      return true;
    }
  }
  const kept = localStorage.getItem(KEPT);
  if (!kept) return false;
  return (await fetch("/api/admin/version", { headers: { Authorization: `Basic ${kept}` } })).ok;
}

login().then((isIn) => {
  if (isIn) return goOn();
  document.getElementById("waiting").hidden = true;
  document.getElementById("refused").hidden = false;
});
