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
TOWNS = [
    "Angers",
    "Saumur",
    "Nantes",
    "Rennes",
    "Lille",
    "Lyon",
    "Dijon",
    "Nancy",
    "Metz",
    "Reims",
    "Tours",
    "Orléans",
    "Poitiers",
    "Limoges",
    "Bordeaux",
    "Toulouse",
    "Montpellier",
    "Nîmes",
    "Avignon",
    "Grenoble",
    "Chambéry",
    "Annecy",
    "Besançon",
    "Mulhouse",
    "Rouen",
    "Caen",
    "Brest",
    "Quimper",
    "Vannes",
]
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
        town = self.choice(TOWNS)
        text = self.choice(HOUSES).format(town)
        return text.replace("de A", "d’A").replace("de O", "d’O")
