"""Names for people who do not exist, and what they belong to."""

from __future__ import annotations

from random import Random

FIRST = [
    "Camille",
    "Léa",
    "Manon",
    "Chloé",
    "Inès",
    "Jeanne",
    "Louise",
    "Alice",
    "Emma",
    "Sarah",
    "Nathalie",
    "Sylvie",
    "Isabelle",
    "Véronique",
    "Hélène",
    "Claire",
    "Élodie",
    "Aurélie",
    "Maëlle",
    "Gwenaëlle",
    "Fatima",
    "Aïcha",
    "Linh",
    "Ana",
    "Karolina",
    "Michel",
    "Philippe",
    "Thierry",
    "Alain",
    "Stéphane",
    "Nicolas",
    "Julien",
    "Thomas",
    "Hugo",
    "Lucas",
    "Louis",
    "Gabriel",
    "Mathis",
    "Baptiste",
    "Loïc",
    "Yann",
    "Ewen",
    "Karim",
    "Mehdi",
    "Samuel",
    "Antoine",
    "François",
    "Étienne",
    "Jérôme",
    "Grégoire",
    "Rémi",
    "Benoît",
]
LAST = """Martin Bernard Petit Robert Richard Dubois Durand Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand Morel Fournier
Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefort Mercier Blanchard Guérin Boyer Garnier Chevalier François Legrand
Gauthier Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Lemaire Noël Meyer Dufour Meunier
Brun Blanc Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron
Picard Fabre Aubert Lacroix Kervella Le&nbsp;Gall Diop Wójcik Nguyen Haddad Bouzid da&nbsp;Silva Delacroix-Morin""".replace(
    "&nbsp;", "_"
).split()
TOWNS = {
    "Angers": "49000",
    "Saumur": "49400",
    "Nantes": "44000",
    "Rennes": "35000",
    "Lille": "59000",
    "Lyon": "69002",
    "Dijon": "21000",
    "Nancy": "54000",
    "Metz": "57000",
    "Reims": "51100",
    "Tours": "37000",
    "Orléans": "45000",
    "Poitiers": "86000",
    "Limoges": "87000",
    "Bordeaux": "33000",
    "Toulouse": "31000",
    "Montpellier": "34000",
    "Nîmes": "30000",
    "Avignon": "84000",
    "Grenoble": "38000",
    "Chambéry": "73000",
    "Annecy": "74000",
    "Besançon": "25000",
    "Mulhouse": "68100",
    "Rouen": "76000",
    "Caen": "14000",
    "Brest": "29200",
    "Quimper": "29000",
    "Vannes": "56000",
}
HOUSES = ("Office de tourisme de {}", "Bureau des congrès de {}", "Métropole de {}", "Agence d’attractivité de {}")
COMMENTS = (
    "Arrivée tardive, après 22 h : merci de prévenir l’hôtel.",
    "Une chambre loin de l’ascenseur si possible.",
    "Je viens en train, je repars vendredi à 15 h.",
    "Merci d’adresser la facture à notre service comptable.",
)


class Chance(Random):
    """Seeded, so that a demo made on one day is the same everywhere."""

    def name(self) -> tuple[str, str]:
        return self.choice(FIRST), self.choice(LAST).replace("_", "\u00a0")

    def house(self) -> str:
        town = self.choice(list(TOWNS))
        text = self.choice(HOUSES).format(town)
        return text.replace("de A", "d’A").replace("de O", "d’O")
