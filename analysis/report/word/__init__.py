"""Parts of a Word file that neither pandoc nor Quarto finishes: pages, contents, bookmarks, images, properties."""
